"""The search over lessons: what it finds, where it leads, who sees what."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from curriculum.loader.service import load_lessons
from curriculum.models import Exercise, Lesson
from curriculum.rendering.plain_text import plain_text, task_text
from learn.search import excerpt_of, mark, search_lessons
from tests.support.curriculum.lesson_files import FILES, write
from tests.support.learners import client_of

PAGE = "/search/"
JSON = "/search/results.json"
TEXT = """
Größer als ein Boot: <b>half</b>way.

## Layers & tags

A `docker pull` fetches 100% of the layers.

## The end

Nothing about them.

::: exercise kernel

::: exercise sleeper
"""


@pytest.fixture
def texts(db, tmp_path):
    """The small course with a text that has sections."""
    lesson = "boxes/01-first/lesson.md"
    head = FILES[lesson].partition("\n\n")[0]
    write(tmp_path / "lessons", FILES | {lesson: f"{head}\n{TEXT}"})
    load_lessons(root=tmp_path / "lessons")
    return Lesson.objects.get()


def sections_with(user, query):
    return [
        [section.url.partition("#")[2] for section in hit.sections]
        for hit in search_lessons(user, query)
    ]


def test_words_lead_to_their_section(student, texts):
    (hit,) = search_lessons(student, "pull layers")
    assert hit.url == "/courses/boxes/first/"
    (section,) = hit.sections
    assert section.url == "/courses/boxes/first/#s-layers-tags"
    assert section.title == [("Layers", True), (" & tags", False)]
    assert ("pull", True) in section.excerpt


def test_all_words_must_be_there(student, texts):
    assert sections_with(student, "layers submarine") == []
    assert sections_with(student, "LAYERS   größer") == [["", "s-layers-tags"]]


def test_exercises_are_searched(student, texts):
    assert sections_with(student, "which kernel") == [["exercise-kernel"]]
    Exercise.objects.filter(slug="kernel").update(archived=True)
    assert sections_with(student, "kernel?") == [[]]


@pytest.mark.parametrize("query", ["", "  ", "%", "_", "\\", "<b>", "x" * 500, "\0"])
def test_odd_questions_are_harmless(query, student, texts):
    client = client_of(student)
    for path in (PAGE, JSON):
        assert client.get(path, {"q": query}).status_code == 200


def test_a_sign_of_the_database_is_a_sign(student, texts):
    assert sections_with(student, "100%") == [["s-layers-tags"]]
    assert sections_with(student, "1%0") == []


def test_drafts_are_found_by_who_teaches(student, instructor, texts):
    Lesson.objects.update(draft=True)
    assert sections_with(student, "layers") == []
    assert sections_with(instructor, "layers")


def test_the_page_marks_the_words_and_escapes_the_rest(student, texts):
    page = client_of(student).get(PAGE, {"q": "tags"})
    assertContains(page, "Layers &amp; <mark>tags</mark>")
    assertContains(page, "1 lesson has these words.")
    nothing = client_of(student).get(PAGE, {"q": "<script>alert(1)</script>"})
    assertNotContains(nothing, "<script>alert")
    assertContains(nothing, "0 lessons have these words.")


def test_json_says_the_same(student, texts):
    (lesson,) = client_of(student).get(JSON, {"q": "tags"}).json()["lessons"]
    assert lesson["course"] == "Course"
    assert lesson["sections"][0]["title"] == [["Layers & ", False], ["tags", True]]


@pytest.mark.parametrize("path", [PAGE, JSON])
def test_a_stranger_is_asked_to_sign_in(path, client, db):
    assert client.get(path, {"q": "x"}).status_code == 302


def test_queries_do_not_grow(student, texts, django_assert_max_num_queries):
    client = client_of(student)
    with django_assert_max_num_queries(4):
        client.get(JSON, {"q": "layers"})


def test_text_without_drawings_and_buttons():
    html = "<p>a<b>b</b></p><svg><text>no</text></svg><button>Copy</button><ul><li>c</li><li>d</li>"
    assert plain_text(html) == "ab c d"
    assert task_text("<p>{{ number }} boxes &amp; more</p>") == "… boxes & more"


def test_an_excerpt_begins_at_a_word_before_the_match():
    text = "word " * 60 + "needle " + "word " * 60
    excerpt = excerpt_of(text, ["needle"])
    assert excerpt.startswith("… word")
    assert excerpt.endswith("word …")
    assert ("needle", True) in mark(excerpt, ["needle"])
    assert excerpt_of("short", ["needle"]) == "short"
