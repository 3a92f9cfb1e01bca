"""Ending sandboxes in the admin: it asks first, and the audit log says who did it."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.models import AuditEntry
from sandboxes.models import Sandbox
from tests.support.factories import SandboxFactory, UserFactory

LIST = "admin:sandboxes_sandbox_changelist"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.task_queue.hand_to_broker", lambda *_args, **_options: None)
    monkeypatch.setattr("core.events.publish", lambda **_: None)


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    role = User.Role.INSTRUCTOR
    client.force_login(UserFactory(username="ines", role=role, is_staff=True))
    return client


@pytest.fixture
def sandboxes(db: None) -> list[Sandbox]:
    """Three that are alive, of two students, and one that has ended."""
    ada, grace = UserFactory(username="ada"), UserFactory(username="grace")
    states = Sandbox.State
    return [
        SandboxFactory(user=ada, lesson_key="course/one"),
        SandboxFactory(user=ada, lesson_key="course/two", state=states.PARKED),
        SandboxFactory(user=grace, lesson_key="course/one"),
        SandboxFactory(user=grace, lesson_key="course/two", state=states.GONE),
    ]


def end(client: Client, sandboxes: list[Sandbox], **form: str):
    chosen = [str(sandbox.pk) for sandbox in sandboxes]
    return client.post(
        reverse(LIST), {"action": "end_selected", "_selected_action": chosen, **form}, follow=True
    )


def states_of(sandboxes: list[Sandbox]) -> list[str]:
    for sandbox in sandboxes:
        sandbox.refresh_from_db()
    return [sandbox.state for sandbox in sandboxes]


def test_it_says_how_many_students_it_concerns_and_ends_nothing(staff, sandboxes):
    before = states_of(sandboxes)
    page = end(staff, sandboxes).content.decode()
    assert "End the machines of 2 students?" in page
    assert "End 3 sandboxes" in page
    assert "1 more that you selected has ended already." in page
    assert states_of(sandboxes) == before
    assert not AuditEntry.objects.exists()


def test_confirmed_it_ends_those_that_are_alive(staff, sandboxes):
    page = end(staff, sandboxes, confirmed="yes").content.decode()
    assert "3 sandboxes are ending. Home folders are kept." in page
    ending, gone = Sandbox.State.ENDING, Sandbox.State.GONE
    assert states_of(sandboxes) == [ending, ending, ending, gone]
    assert sandboxes[0].reason == "ines ended your machine."


def test_the_audit_log_says_who_ended_whose(staff, sandboxes):
    end(staff, sandboxes[:1], confirmed="yes")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (
        "ines",
        "sandboxes.end",
        str(sandboxes[0].pk),
    )
    page = staff.get(reverse("admin:core_auditentry_changelist")).content.decode()
    assert "course/one of ada" in page


def test_what_has_ended_already_is_not_asked_about(staff, sandboxes):
    page = end(staff, sandboxes[3:]).content.decode()
    assert "Nothing to end: these sandboxes have ended already." in page
