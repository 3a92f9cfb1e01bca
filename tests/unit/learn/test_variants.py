"""Each student reads their own values, on the page and in the API; scripts are offered again."""

import re

import pytest
from django.utils import timezone

from sandboxes.models import Machine
from tests.support.factories import TASK, SandboxFactory
from tests.support.learners import client_of

URL, API = "/courses/course/boxes/", "/api/lessons/course/boxes"
SHIP = {"kind": "pick", "name": "ship", "options": [f"Ship {n}" for n in range(60)]}


@pytest.fixture
def varied(exercise):
    exercise.definition = TASK | {"parameters": [SHIP], "hints": ["Board the {{ ship }}."]}
    exercise.body_html = (
        '<p>Sail on the <em>{{ ship }}</em>, not on {{ other }}.</p><pre data-run="box">ls {{ ship'
        " }}</pre>"
    )
    exercise.save()
    return exercise


def ships(text):
    return set(re.findall(r"Ship \d+", text))


def test_two_students_see_different_values_and_each_always_the_same(student, other, varied):
    pages = [client_of(user).get(URL).content.decode() for user in (student, other, student)]
    assert [len(ships(page)) for page in pages] == [1, 1, 1]
    assert ships(pages[0]) == ships(pages[2]) != ships(pages[1])
    (ship,) = ships(pages[0])
    assert f"<em>{ship}</em>, not on {{{{ other }}}}." in pages[0]
    assert f">ls {ship}</pre>" in pages[0]


def test_the_api_says_what_the_page_says(student, varied):
    client = client_of(student)
    client.post(
        "/api/exercises/course/boxes/task/hints", {"number": 1}, content_type="application/json"
    )
    (task,) = client.get(API).json()["exercises"]
    (ship,) = ships(client.get(URL).content.decode())
    assert ships(task["body_html"]) == {ship}
    assert f"Board the {ship}." in task["hints"][0]["html"]


def test_who_teaches_gets_values_of_their_own(student, instructor, varied):
    assert ships(client_of(instructor).get(URL).content.decode()) != ships(
        client_of(student).get(URL).content.decode()
    )


def test_only_an_exercise_with_a_script_has_a_place_to_say_that_it_failed(student, exercise):
    assert b"data-setup-failed" not in client_of(student).get(URL).content
    exercise.setup = "true"
    exercise.save()
    assert re.search(rb"data-setup-failed\s+hidden", client_of(student).get(URL).content)


def test_a_machine_is_prepared_once_more(student, exercise, pooled_machine):
    exercise.setup = "true"
    exercise.save()
    sandbox = SandboxFactory(user=student, lesson=exercise.lesson)
    Machine.objects.filter(pk=pooled_machine.pk).update(
        state="claimed",
        sandbox=sandbox,
        name="box",
        setup_results={"task": "failed"},
        changed_at=timezone.now(),
    )
    client = client_of(student)
    answer = client.post("/api/exercises/course/boxes/task/submissions")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not-prepared")
    assert client.get(f"/api/sandboxes/{sandbox.pk}").json()["unprepared"] == ["task"]
    answer = client.post(f"/api/sandboxes/{sandbox.pk}/prepare").json()
    assert (answer["state"], answer["unprepared"]) == ("starting", [])
