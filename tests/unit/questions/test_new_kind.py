"""A new kind of question takes one module, and works wherever questions do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from api.schemas import Question
from curriculum.admin.editor import change_url
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise, Lesson
from grading.models import Submission
from grading.verification.quizzes import find_quizzes, verify_quiz
from questions.registry import QUESTION_KINDS
from tests.support.checks.year_question import YearQuestion
from tests.support.curriculum.admin_forms import typed
from tests.support.curriculum.lesson_files import write
from tests.support.curriculum.quiz_files import FILES, FOLDER, PLACED
from tests.support.factories import ExerciseFactory
from tests.support.learners import client_of

PATH = "/api/exercises/course/boxes/quiz/submissions"
ROW = {
    "kind": "year",
    "id": "when",
    "points": 4,
    "text": "When was *chroot* there?",
    "message": "Look again.",
    "year": 1979,
}
TABLE = """\
[[questions]]
kind = "year"
id = "when"
points = 4
text = "When was *chroot* there?"
message = "Look again."
year = 1979
"""


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with QUESTION_KINDS.registered(YearQuestion):
        yield


@pytest.fixture
def dated(lessons: Path) -> Path:
    """The folder of lessons, with a quiz of one question of the new kind."""
    write(lessons, FILES | {f"{FOLDER}/exercise.toml": TABLE})
    lesson = lessons / "boxes/01-first/lesson.md"
    lesson.write_text(lesson.read_text() + PLACED)
    return lessons


@pytest.fixture
def quiz(lesson: Lesson) -> Exercise:
    lesson.blocks = [*lesson.blocks, {"type": "exercise", "slug": "quiz"}]
    lesson.save()
    definition = {"slug": "quiz", "title": "Quiz", "questions": [ROW]}
    return ExerciseFactory(
        lesson=lesson, slug="quiz", definition=definition, machine="", points=4, position=2
    )


def hand_in(student: User, answer: Any) -> dict[str, Any]:
    response = client_of(student).post(
        PATH, {"answers": {"when": answer}}, content_type="application/json"
    )
    body: dict[str, Any] = response.json()
    return body


def test_files_have_it(dated: Path) -> None:
    (course,) = read_courses(dated)
    (question,) = course.lessons[0].exercises[2].spec.questions
    assert isinstance(question, YearQuestion)
    assert (question.points, question.year) == (4, 1979)


def test_faults_of_files_name_its_fields_and_lines(dated: Path) -> None:
    toml = dated / FOLDER / "exercise.toml"
    toml.write_text(TABLE.replace("1979", "79"))
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(dated)
    (error,) = caught.value.errors
    assert (error.line, error.field) == (7, "questions[0].year")
    assert error.message == "must be at least 1900"
    toml.write_text(TABLE.replace('kind = "year"\n', ""))
    with pytest.raises(InvalidLessonFiles, match=r"needs a kind: single, .* or year"):
        read_courses(dated)


def test_an_author_edits_it(author: Client, dated: Path, tmp_path: Path) -> None:
    load_lessons(root=dated)
    row = Exercise.objects.get(slug="said")
    posted = typed(author.get(change_url(row))) | {"questions-0-year": "1982"}
    response: Any = author.post(change_url(row), posted)
    assert response.status_code == 302, response.context["form"].errors
    dump_lessons(root=tmp_path / "out")
    assert "year = 1982\n" in (tmp_path / "out" / FOLDER / "exercise.toml").read_text()
    posted = typed(author.get(change_url(row))) | {"questions-0-year": "79"}
    errors = author.post(change_url(row), posted).context["form"].errors  # type: ignore[attr-defined]
    assert errors == {"questions[0].year": ["must be at least 1900"]}


def test_lessons_are_verified_with_it(dated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (quiz,) = find_quizzes(read_courses(dated))
    assert verify_quiz(quiz).faults == ()
    monkeypatch.setattr(YearQuestion, "wrong_answers", lambda _: iter([("itself", 1979)]))
    assert verify_quiz(quiz).faults == ("when: all points are earned by itself",)


def test_it_is_on_the_page_without_its_key(quiz: Exercise, student: User) -> None:
    client = client_of(student)
    page = client.get("/courses/course/boxes/").content.decode()
    assert 'data-kind="year"' in page
    assert 'data-control="short-text"' in page
    assert "When was <em>chroot</em> there?" in page
    assert "Type a word or a few." in page
    assert "4 points" in page
    assert "1979" not in page
    shown = client.get("/api/lessons/course/boxes").json()["exercises"][1]["questions"]
    assert [(shown_question["kind"], shown_question["century"]) for shown_question in shown] == [
        ("year", 19)
    ]


@pytest.mark.parametrize(
    ("answer", "earned", "message"),
    [("1979", 4, ""), ("1980", 2, "<p>Look again.</p>"), ("1990", 0, "<p>Look again.</p>")],
)
def test_an_answer_is_graded_and_stored(
    quiz: Exercise, student: User, answer: str, earned: int, message: str
) -> None:
    body = hand_in(student, answer)
    assert (body["score"], body["answers"]) == (earned, {"when": int(answer)})
    assert body["feedback"]["when"]["message"] == message
    assert body["results"][0]["found"] == f"“{answer}”"
    assert Submission.objects.get().evidence["answers"] == {"when": int(answer)}


def test_what_can_not_be_an_answer_is_refused(quiz: Exercise, student: User) -> None:
    assert hand_in(student, "soon")["error"]["message"] == "answers.when: must be a year"
    assert not Submission.objects.exists()


def test_the_solution_is_told_when_it_may_be_seen(quiz: Exercise, student: User) -> None:
    quiz.definition |= {"show_solution": "after-attempts", "solution_after": 1}
    quiz.version = "2"
    quiz.save()
    assert hand_in(student, "1990")["feedback"]["when"]["solution"] == ["1979"]


def test_the_apis_description_names_it() -> None:
    assert Question.model_json_schema()["properties"]["kind"]["enum"][-1] == "year"
