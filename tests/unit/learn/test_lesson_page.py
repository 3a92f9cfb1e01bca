"""The lesson workspace as the server sends it."""

import json
import re

from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from curriculum.models import Lesson
from grading.assignments import assign
from grading.submissions.hints import open_hint
from panels.base import Panel
from panels.registry import registered
from tests.support.factories import SandboxFactory, ScoreFactory, SubmissionFactory
from tests.support.learners import client_of

URL = "/courses/course/boxes/"


def lesson_data(page):
    """What the page's scripts start from."""
    match = re.search(
        r'<script id="lesson-data" type="application/json">(.*?)</script>', page.content.decode()
    )
    return json.loads(match[1])


def test_an_outsider_signs_in_first(lesson):
    assertRedirects(Client().get(URL), f"/accounts/sign-in/?next={URL}")


def test_text_and_exercise_stand_in_reading_order(student, lesson):
    page = client_of(student).get(URL).content.decode()
    assert (
        page.index("<h2>Before</h2>")
        < page.index('data-exercise="task"')
        < page.index("<p>After</p>")
    )
    assert "lesson 1 of 2" in page
    assert 'data-machine="box"' in page


def test_hints_that_are_closed_are_not_in_the_page(student, exercise, lesson):
    page = client_of(student).get(URL)
    assertContains(page, "Hint 1 of 2")
    assertContains(page, "Hints are opened with JavaScript")
    assertNotContains(page, "Look at")
    open_hint(assign(exercise, student), number=1)
    page = client_of(student).get(URL)
    assertContains(page, "<p>Look at <code>ps</code>.</p>")
    assertNotContains(page, "<em>again</em>")


def test_the_terms_are_in_the_page(student, exercise, lesson):
    exercise.definition |= {
        "hints": [{"text": "Dear.", "cost": 2}],
        "attempts": 3,
        "score": "last",
        "due": "2027-01-31T23:59:00+01:00",
        "show_solution": "after-pass",
    }
    exercise.save()
    page = client_of(student).get(URL)
    for text in (
        "costs 2 points",
        "3 attempts at most",
        "The last attempt counts",
        "Jan. 31, 2027, 10:59 p.m. UTC",
    ):
        assertContains(page, text)
    assertContains(page, "data-solution hidden")
    assertNotContains(page, "Dear.")


def test_the_checks_stay_on_the_server(student, lesson):
    assertNotContains(client_of(student).get(URL), "/root/answer")


def test_data_of_a_newcomer(student, lesson):
    data = lesson_data(client_of(student).get(URL))
    assert data["lesson"] == "course/boxes"
    assert data["sandbox"] is None
    (exercise,) = data["exercises"]
    assert exercise.pop("terms")["attempts"] == 0
    assert exercise == {
        "slug": "task",
        "points": 3,
        "best": 0,
        "attempts": 0,
        "passed": False,
        "machine": "box",
        "submission": None,
        "predictions": [],
    }


def test_data_of_one_who_comes_back(student, other, lesson, exercise):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    SandboxFactory(user=other, lesson=lesson)
    ScoreFactory(user=student, exercise=exercise, best=2, attempts=4, passed_at=timezone.now())
    for number, state in ((1, "graded"), (2, "queued")):
        SubmissionFactory(
            user=student,
            exercise=exercise,
            number=number,
            state=state,
            points=3,
            changed_at=timezone.now(),
        )
    data = lesson_data(client_of(student).get(URL))
    assert data["sandbox"]["id"] == str(sandbox.pk)
    (exercise_data,) = data["exercises"]
    assert (exercise_data["best"], exercise_data["attempts"], exercise_data["passed"]) == (
        2,
        4,
        True,
    )
    assert (exercise_data["submission"]["number"], exercise_data["submission"]["state"]) == (
        2,
        "queued",
    )


def test_an_instructor_gets_a_sandbox_of_their_own(student, instructor, lesson):
    SandboxFactory(user=student, lesson=lesson)
    assert lesson_data(client_of(instructor).get(URL))["sandbox"] is None


def test_a_lesson_without_machines_has_no_terminal(student, lesson):
    page = client_of(student).get("/courses/course/more/")
    assertContains(page, "<p>Text</p>")
    assertNotContains(page, 'id="terminal-pane"')
    assertNotContains(page, "xterm.css")


def test_what_is_archived_or_unknown_is_not_there(student, lesson):
    client = client_of(student)
    assert client.get("/courses/course/nothing/").status_code == 404
    assert client.get("/courses/other/boxes/").status_code == 404
    Lesson.objects.update(archived=True)
    assert client.get(URL).status_code == 404


def test_the_modules_in_the_import_map_exist(student, lesson, client):
    page = client_of(student).get(URL).content.decode()
    imports = json.loads(
        re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    )["imports"]
    assert set(imports) > {"@xterm/xterm", "@xterm/addon-fit"}
    assert all(path.startswith("/static/vendor/") for path in imports.values())


def test_what_is_kept_is_said_beforehand(student, lesson, settings):
    settings.HOME_MAX_BYTES = 50_000_000
    assertContains(client_of(student).get(URL), "up to 50 MB", count=2)


def test_those_who_teach_are_led_to_the_admin(student, instructor, lesson):
    edit = f"/admin/curriculum/lesson/{lesson.pk}/change/"
    page = client_of(student).get(URL)
    assertNotContains(page, edit)
    assertNotContains(page, 'href="/admin/"')
    instructor.is_staff = True
    instructor.save()
    page = client_of(instructor).get(URL)
    assertContains(page, f'href="{edit}"', count=1)
    assertContains(page, 'href="/admin/"', count=1)


def test_a_new_kind_of_panel_is_on_the_page_of_every_lesson_that_it_fits(student, lesson):
    compass = Panel(
        "compass", "Compass", "Where north is.", "map", glossary_terms=("north",), data={"north": 0}
    )
    with registered(compass):
        page = client_of(student).get(URL)
    panel = next(each for each in lesson_data(page)["panels"] if each["name"] == "compass")
    assert panel["title"] == "Compass"
    assert panel["machines"] == ["box"]
    assert panel["together"] is False
    assert panel["data"] == {"north": 0}
    assert panel["glossary_terms"] == ["north"]
    assert re.fullmatch(r"/static/js/panels/compass/panel(\.\w+)?\.js", panel["script"])
    assertContains(page, 'data-panel-tab="compass"')
    assertContains(page, 'id="panel-compass"')
    assertContains(page, "Where north is.")
    assertNotContains(client_of(student).get(URL), "compass")
