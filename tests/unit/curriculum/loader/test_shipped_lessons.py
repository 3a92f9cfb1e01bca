"""Test that every exercise that comes with Drydock has its scripts and wrong answers."""

import pytest

from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import failing_check, script_faults
from grading.verification.cases import find_cases
from grading.verification.quizzes import find_quizzes, verify_quiz
from tests.support.paths import ROOT

LESSONS = ROOT / "lessons"
COURSES = read_courses(LESSONS)
CASES = find_cases(COURSES, seeds=2)
QUIZZES = find_quizzes(COURSES, seeds=2)
EXERCISES = {case.suite: case.exercise for case in CASES}


def test_there_are_exercises():
    assert len(EXERCISES) >= 3


def test_every_exercise_has_its_scripts():
    assert script_faults(COURSES) == []


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_every_check_has_a_wrong_answer(exercise):
    tried = {failing_check(path)[0] for path in (exercise.folder / "wrong").glob("*.sh")}
    assert tried == {check.id for check in exercise.spec.checks}


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: f"{quiz.suite} {quiz.name}")
def test_the_quiz_is_as_its_key_says(quiz):
    assert verify_quiz(quiz).faults == ()
