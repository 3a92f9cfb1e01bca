"""The API's sandboxes."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from sandboxes.docker_events.parser import MachineEvent
from sandboxes.docker_events.recent import keep_message
from sandboxes.models import Machine, Sandbox
from tests.support.factories import SandboxFactory
from tests.support.learners import client_of

JSON = "application/json"


def start(client, lesson="course/boxes"):
    return client.post("/api/sandboxes", {"lesson": lesson}, content_type=JSON)


def test_a_pooled_machine_is_claimed_within_the_request(student, lesson, pooled_machine):
    answer = start(client_of(student))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["queue"]) == ("ready", None)
    (machine,) = body["machines"]
    assert (machine["id"], machine["name"]) == (str(pooled_machine.pk), "box")
    assert machine["terminal"] == f"/ws/terminals/{pooled_machine.pk}/"


def test_without_a_pooled_machine_one_waits(student, lesson):
    body = start(client_of(student)).json()
    assert body["state"] == "requested"
    assert body["queue"]["place"] == 1


def test_asking_twice_gives_the_same(student, lesson, pooled_machine):
    client = client_of(student)
    assert start(client).json()["id"] == start(client).json()["id"]


@pytest.mark.parametrize("lesson_key", ["course/nothing", "nothing/boxes", "course", "", "a/b/c"])
def test_an_unknown_lesson(student, lesson, lesson_key):
    answer = start(client_of(student), lesson_key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")


def test_a_lesson_without_machines(student, lesson):
    answer = start(client_of(student), "course/more")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no-machines")


def test_show(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    assert client_of(student).get(f"/api/sandboxes/{sandbox.pk}").json()["id"] == str(sandbox.pk)


def test_end(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    assert client_of(student).delete(f"/api/sandboxes/{sandbox.pk}").json()["state"] == "ending"


def test_reset_takes_a_fresh_machine(student, lesson, pooled_machine):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    body = client_of(student).post(f"/api/sandboxes/{sandbox.pk}/reset").json()
    assert [machine["id"] for machine in body["machines"]] == [str(pooled_machine.pk)]


def test_extend(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    body = client_of(student).post(f"/api/sandboxes/{sandbox.pk}/extend").json()
    assert body["expires_at"] > sandbox.expires_at.isoformat()


def test_extend_no_further(student, lesson, settings):
    settings.SANDBOX_LIFETIME_MAX_MINUTES = 1
    answer = client_of(student).post(
        f"/api/sandboxes/{SandboxFactory(user=student, lesson=lesson).pk}/extend"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "lifetime-reached")


def test_wake(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson, state="parked")
    assert (
        client_of(student).post(f"/api/sandboxes/{sandbox.pk}/wake").json()["state"] == "starting"
    )


def test_stay_keeps_it_from_being_parked(student, lesson):
    idle = timezone.now() - timedelta(minutes=19, seconds=30)
    sandbox = SandboxFactory(user=student, lesson=lesson, active_at=idle)
    client = client_of(student)
    assert client.get(f"/api/sandboxes/{sandbox.pk}").json()["parks_at"] is not None
    assert client.post(f"/api/sandboxes/{sandbox.pk}/stay").json()["parks_at"] is None
    sandbox.refresh_from_db()
    assert sandbox.active_at > idle + timedelta(minutes=19)


def test_activity_is_kept_for_pages_that_come_later(student, other, lesson, pooled_machine):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    Machine.objects.update(sandbox=sandbox, state="claimed", name="box")
    event = MachineEvent("image-built", "2030-01-01T10:00:00+00:00", subject="app:1")
    message = {"machine": str(pooled_machine.pk), "name": "box", "lesson": sandbox.lesson_key}
    for number in range(105):
        keep_message(message | {"event": event.payload() | {"count": number}})
    path = f"/api/sandboxes/{sandbox.pk}/activity"
    events = client_of(student).get(path).json()["events"]
    assert [each["event"]["count"] for each in events] == list(range(5, 105))
    assert events[0]["event"]["subject"] == "app:1"
    assert client_of(other).get(path).status_code == 404


def test_what_has_ended_can_not_be_changed(student, lesson):
    sandbox = SandboxFactory(user=student, lesson=lesson, state="gone")
    for verb in ("reset", "wake", "extend", "prepare", "stay"):
        answer = client_of(student).post(f"/api/sandboxes/{sandbox.pk}/{verb}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong-state"), verb


@pytest.mark.parametrize(
    ("method", "verb"),
    [
        ("get", ""),
        ("delete", ""),
        ("post", "/reset"),
        ("post", "/extend"),
        ("post", "/wake"),
        ("post", "/prepare"),
        ("post", "/stay"),
        ("get", "/activity"),
    ],
)
def test_another_students_sandbox_does_not_exist(student, other, lesson, method, verb):
    sandbox = SandboxFactory(user=student, lesson=lesson)
    response = getattr(client_of(other), method)(f"/api/sandboxes/{sandbox.pk}{verb}")
    nobodys = getattr(client_of(other), method)(f"/api/sandboxes/{uuid.uuid4()}{verb}")
    assert response.status_code == nobodys.status_code == 404
    assert response.json() == nobodys.json()
    assert Sandbox.objects.get().state == "ready"


def test_an_instructor_may_look_but_not_touch(student, instructor, lesson):
    path = f"/api/sandboxes/{SandboxFactory(user=student, lesson=lesson).pk}"
    client = client_of(instructor)
    assert client.get(path).status_code == 200
    assert client.delete(path).status_code == 404
    assert client.post(f"{path}/reset").status_code == 404
