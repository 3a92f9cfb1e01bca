"""Every model is in the admin; its pages open for those who may see them, and no page writes a state."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from grading.models import Score, Submission
from sandboxes.models import Host, Machine, Sandbox

OURS = [
    model
    for label in ("accounts", "curriculum", "sandboxes", "grading")
    for model in apps.get_app_config(label).get_models()
]
WRITABLE = (User, Host)


@pytest.fixture
def rows(db):
    """One row of every model."""
    now = timezone.now()
    student = User.objects.create_user("rows", role=User.Role.STUDENT)
    course = Course.objects.create(slug="c", title="C")
    lesson = Lesson.objects.create(course=course, slug="l", title="L", source="", version="1")
    exercise = Exercise.objects.create(lesson=lesson, slug="e", title="E", machine="box", points=1, definition={})
    host = Host.objects.create(name="local", docker_url="fake://admin")
    sandbox = Sandbox.objects.create(user=student, lesson_key="c/l", changed_at=now, active_at=now, expires_at=now)
    machine = Machine.objects.create(host=host, sandbox=sandbox, name="box", kind="linux", image="i", changed_at=now)
    submission = Submission.objects.create(user=student, exercise=exercise, number=1, points=1, changed_at=now)
    score = Score.objects.create(user=student, exercise=exercise)
    made = (student, course, lesson, exercise, host, sandbox, machine, submission, score)
    return {type(row): row for row in made}


def client_of(role: str, **fields: object) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"the-{role}", role=role, is_staff=True, **fields))
    return client


def page(model: type, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def status(client: Client, model: type, rows: dict[type, object]) -> list[int]:
    """Of the list, the page of a row, and the page that adds one."""
    paths = (page(model, "changelist"), page(model, "change", rows[model].pk), page(model, "add"))
    return [client.get(path).status_code for path in paths]


@pytest.mark.parametrize("model", OURS)
def test_a_superuser_opens_every_page(rows, model):
    expected = [200, 200, 200 if model in WRITABLE else 403]
    assert status(client_of(User.Role.OPERATOR, is_superuser=True), model, rows) == expected


@pytest.mark.parametrize("model", OURS)
def test_an_operator_runs_hosts_and_accounts_and_sees_the_rest(rows, model):
    assert status(client_of(User.Role.OPERATOR), model, rows) == [200, 200, 200 if model in WRITABLE else 403]


@pytest.mark.parametrize("model", OURS)
def test_an_instructor_sees_what_students_do_and_changes_nothing(rows, model):
    client = client_of(User.Role.INSTRUCTOR)
    assert status(client, model, rows) == ([403] * 3 if model is Host else [200, 200, 403])
    assert client.post(page(model, "change", rows[model].pk), {"state": "ready"}).status_code == 403


def test_a_student_is_sent_to_sign_in_even_as_staff_without_a_role(rows):
    assert status(client_of(User.Role.STUDENT), Sandbox, rows) == [403, 403, 403]
    client = Client()
    client.force_login(rows[User])
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("model", [model for model in OURS if hasattr(model, "State")])
def test_nobody_writes_a_state_by_hand(rows, model, rf):
    request = rf.get("/")
    request.user = User(is_staff=True, is_superuser=True)
    assert not admin.site.get_model_admin(model).has_change_permission(request)
    assert not admin.site.get_model_admin(model).has_add_permission(request)


def test_a_role_gives_nothing_to_the_inactive(db):
    assert not User(role=User.Role.OPERATOR, is_staff=True, is_active=False).get_all_permissions()


def test_an_instructor_ends_a_sandbox(rows, monkeypatch):
    monkeypatch.setattr("sandboxes.queueing._send", lambda name, args: None)
    monkeypatch.setattr("core.events.publish", lambda **_: None)
    body = {"action": "end_selected", "_selected_action": [str(rows[Sandbox].pk)]}
    assert client_of(User.Role.INSTRUCTOR).post(page(Sandbox, "changelist"), body).status_code == 302
    rows[Sandbox].refresh_from_db()
    assert rows[Sandbox].state == Sandbox.State.ENDING
    assert rows[Sandbox].reason == "the-instructor ended this sandbox."
