"""Quizzes are tried, too: what is said of one whose key is right, and of one whose key is not."""

import pytest

from curriculum.loader.reader import read_courses
from grading.verification import quizzes as quiz_verifying
from grading.verification.cases import find_cases
from grading.verification.quizzes import find_quizzes, question_faults, verify_quiz
from questions.text import TextQuestion
from tests.support.curriculum.lesson_files import FILES, write
from tests.support.curriculum.quiz_files import FILES as QUIZ_FILES
from tests.support.curriculum.quiz_files import PLACED


@pytest.fixture
def courses(tmp_path):
    write(tmp_path, FILES | QUIZ_FILES)
    lesson = tmp_path / "boxes/01-first/lesson.md"
    lesson.write_text(lesson.read_text() + PLACED)
    return read_courses(tmp_path)


@pytest.fixture
def questions(courses):
    return find_quizzes(courses)[0].exercise.spec.questions


def test_a_good_quiz_has_no_faults(courses):
    (quiz,) = find_quizzes(courses, course="boxes", exercise="said")
    outcome = verify_quiz(quiz)
    assert (outcome.case.suite, outcome.case.name, outcome.passed) == (
        "boxes/first/said",
        "questions",
        True,
    )


def test_a_quiz_with_parameters_is_tried_with_several_students_values(tmp_path, courses):
    table = tmp_path / "boxes/01-first/exercises/said/exercise.toml"
    name = '[[parameters]]\nkind = "random"\nname = "key"\nmin = 1\nmax = 99999\n\n'
    question = (
        '\n[[questions]]\nid = "shown"\nkind = "short-text"\ntext = "What is {{ key }}?"\n'
        'accepted = ["{{ key }}"]\n'
        'matches = "no {{ key }}"\n'
    )
    table.write_text(
        table.read_text().replace("[[questions]]", f"{name}[[questions]]", 1) + question
    )
    quizzes = find_quizzes(read_courses(tmp_path), seeds=3)
    assert len({quiz.name for quiz in quizzes}) == 3
    assert [verify_quiz(quiz).faults for quiz in quizzes] == [()] * 3


def test_it_is_not_tried_in_a_machine(courses):
    assert {case.suite for case in find_cases(courses)} == {
        "boxes/first/kernel",
        "boxes/first/sleeper",
    }
    assert [
        find_quizzes(courses, **choice) for choice in ({"course": "x"}, {"exercise": "kernel"})
    ] == [
        [],
        [],
    ]


def test_every_wrong_answer_is_tried(questions):
    counts = {question.kind: len(list(question.wrong_answers())) for question in questions}
    assert counts == {
        "single": 2,
        "multiple": 4,
        "number": 0,
        "short-text": 0,
        "order": 3,
        "match": 3,
    }


@pytest.mark.parametrize("number", range(6))
def test_a_key_that_does_not_fit_is_a_fault(questions, number, monkeypatch):
    question = questions[number]
    monkeypatch.setattr(type(question), "right_answer", lambda _question: None)
    assert f"{question.id}: the right answer does not pass" in question_faults(question)


def test_a_wrong_answer_that_earns_all_and_an_empty_one_that_earns_are_faults(
    questions, monkeypatch
):
    question, evaluate = questions[0], quiz_verifying.evaluate_answer
    monkeypatch.setattr(
        quiz_verifying, "evaluate_answer", lambda row, _answer: evaluate(row, row.right_answer())
    )
    assert question_faults(question) == [
        "kernel: no answer earns something",
        "kernel: all points are earned by “Its own”",
        "kernel: all points are earned by “None of these”",
    ]


def test_a_number_of_many_digits_is_its_own_answer(questions):
    number = questions[2].model_copy(update={"answer": 123456789.125})
    assert question_faults(number) == []
    assert question_faults(TextQuestion(id="q", text="Q", accepted=["ä"])) == []
