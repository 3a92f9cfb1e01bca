"""Write a quiz in the admin, preview it, and get it back in the files byte for byte."""

from pathlib import Path

import pytest
from django.urls import reverse

from curriculum.admin.editor import change_url
from curriculum.loader.contents import read_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise, Lesson
from tests.support.curriculum.admin_forms import typed
from tests.support.curriculum.lesson_files import Edit, write
from tests.support.curriculum.quiz_files import FILES, FOLDER, PLACED, QUIZ

pytestmark = pytest.mark.django_db
TOML = f"{FOLDER}/exercise.toml"


@pytest.fixture
def quiz(lessons: Path, edit: Edit) -> Exercise:
    write(lessons, FILES)
    lesson = (lessons / "boxes/01-first/lesson.md").read_text()
    edit("boxes/01-first/lesson.md", "", lesson + PLACED)
    load_lessons(root=lessons)
    return Exercise.objects.get(slug="said")


def test_the_row_of_a_quiz(quiz):
    assert (quiz.machine, quiz.points, quiz.definition["machine"]) == ("", 14, None)


def test_what_is_saved_as_it_is_is_dumped_as_it_was(author, quiz, lessons, tmp_path):
    response = author.post(change_url(quiz), typed(author.get(change_url(quiz))))
    assert response.status_code == 302, response.context["form"].errors
    dump_lessons(root=tmp_path / "out")
    assert read_contents(tmp_path / "out") == read_contents(lessons)


def test_every_field_is_typed(author, quiz):
    page = author.get(change_url(quiz)).content.decode()
    for name, kind in (
        ("questions-2-answer", "number"),
        ("questions-0-options-0-right", "checkbox"),
    ):
        field = page.partition(f'name="{name}"')
        assert f'type="{kind}"' in field[0][-200:] + field[2][:50]
    assert '<select id="id_questions-2-unit"' in page


def test_a_question_that_was_edited_leaves_the_others_as_they_were_written(author, quiz, tmp_path):
    posted = typed(author.get(change_url(quiz))) | {
        "questions-2-answer": "1.5",
        "questions-2-tolerance": "0.25",
    }
    assert author.post(change_url(quiz), posted).status_code == 302
    dump_lessons(root=tmp_path)
    text = (tmp_path / TOML).read_text()
    assert "# the classic" in text
    assert "answer = 1.5\n" in text
    assert "tolerance = 0.25\n" in text
    assert QUIZ.partition('[[questions]]\nkind = "number"')[0] in text


def test_faults_are_shown_at_their_fields(author, quiz):
    posted = typed(author.get(change_url(quiz))) | {
        "questions-0-options-1-text": "The host's",
        "questions-2-answer": "x",
    }
    form = author.post(change_url(quiz), posted).context["form"]
    assert form.errors == {
        "questions[0].options[1].text": ["“The host's” is there twice"],
        "questions[2].answer": ["must be a number"],
    }
    posted = typed(author.get(change_url(quiz))) | {"questions-1-text": "One.\n\nTwo."}
    form = author.post(change_url(quiz), posted).context["form"]
    assert list(form.errors) == ["questions[1].text"]


def test_a_quiz_is_written_from_nothing(author, loaded):
    url = reverse("admin:curriculum_exercise_add") + f"?lesson={loaded.pk}"
    posted = {
        name: value
        for name, value in typed(author.get(url)).items()
        if not name.startswith("checks")
    }
    posted |= {
        "slug": "asked", "title": "Asked", "machine": "",
        "questions-0-kind": "multiple", "questions-0-id": "own", "questions-0-points": "2",
        "questions-0-text": "What has it?", "questions-0-shuffle": "on",
        "questions-0-options-4-text": "Files", "questions-0-options-4-right": "on",
        "questions-0-options-9-text": "A kernel",
        "questions-0-items-0": "of another kind, so not read",
    }  # fmt: skip
    response = author.post(url, posted)
    assert response.status_code == 302, response.context["form"].errors
    files = {
        row.path: bytes(row.content).decode()
        for row in Lesson.objects.get().files.filter(path__contains="asked")
    }
    assert files == {
        "exercises/asked/exercise.md": "---\ntitle: Asked\n---\n",
        "exercises/asked/exercise.toml": (
            '[[questions]]\nkind = "multiple"\nid = "own"\npoints = 2\ntext = "What has it?"\n'
            'options = [{text = "Files", right = true}, {text = "A kernel"}]\n'
        ),
    }


def test_the_preview_shows_complete_questions_and_says_what_the_others_lack(author, quiz):
    posted = {
        name: value
        for name, value in typed(author.get(change_url(quiz))).items()
        if name.startswith("questions-")
    }
    posted |= {
        "text": "Read *this*.",
        "lesson": quiz.lesson_id,
        "exercise": "said",
        "questions-4-text": "",
    }
    answer = author.post(reverse("admin:curriculum_preview"), posted).json()
    assert "<em>this</em>" in answer["html"]
    assert answer["html"].count("<fieldset") == 5
    assert answer["problems"] == [{"line": 0, "field": "questions[4].text", "message": "is empty"}]
    posted = {"text": "x", "lesson": quiz.lesson_id, "exercise": "said"}
    assert "fieldset" not in author.post(reverse("admin:curriculum_preview"), posted).json()["html"]
