"""Deleting one's account: the rows, the machines, the files."""

from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.tokens import create_token, user_of_token
from curriculum.models import Exercise, Lesson
from grading.models import Submission
from tests.support.accounts import browser_of
from tests.support.factories import (
    PASSWORD,
    CourseFactory,
    HostFactory,
    MachineFactory,
    SandboxFactory,
    ScoreFactory,
    SubmissionFactory,
    UserFactory,
)

DELETE = "/accounts/delete/"


def make_work(user):
    """A lesson under way: sandbox, machine, submission, score, kept home. Returns the machine."""
    now = timezone.now()
    course = CourseFactory(slug="c", title="C", summary="")
    lesson = Lesson.objects.create(
        course=course,
        slug="l",
        title="L",
        summary="",
        minutes=1,
        machines=[],
        source="",
        version="1",
    )
    exercise = Exercise.objects.create(
        lesson=lesson,
        slug="e",
        title="E",
        machine="box",
        points=1,
        body_html="",
        definition={},
        version="1",
    )
    sandbox = SandboxFactory(
        user=user, lesson_key="c/l", state="ready", changed_at=now, active_at=now, expires_at=now
    )
    SubmissionFactory(
        user=user,
        exercise=exercise,
        sandbox=sandbox,
        number=1,
        points=1,
        exercise_version="1",
        changed_at=now,
    )
    ScoreFactory(user=user, exercise=exercise)
    host = HostFactory(name="here", docker_url="fake://accounts")
    return MachineFactory(
        host=host,
        sandbox=sandbox,
        name="box",
        kind="linux",
        image="i",
        state="claimed",
        changed_at=now,
    )


@pytest.fixture
def home(ada: User, tmp_path: Path, settings: Settings) -> Path:
    settings.HOMES_DIR = tmp_path
    archive = tmp_path / str(ada.pk) / "c--l.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(b"")
    return archive


def rows_of(user_id):
    """How many rows of any model still point at a user."""
    from django.apps import apps

    pointing = [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is User
    ]
    assert len(pointing) > 6
    return {
        model._meta.label: n
        for model, name in pointing
        if (n := model.objects.filter(**{name: user_id}).count())
    }


def test_everything_goes(ada, home, django_capture_on_commit_callbacks):
    machine = make_work(ada)
    _token, raw = create_token(ada, "script")
    Client().post("/accounts/sign-in/", {"username": "ADA", "password": "wrong"})
    client, elsewhere = browser_of(ada), browser_of(ada)
    Client().post("/accounts/sign-in/", {"username": "ada", "password": "wrong"})
    LogEntry.objects.create(user=ada, action_flag=1)
    number = ada.pk
    assert {
        "sandboxes.Sandbox",
        "grading.Submission",
        "grading.Score",
        "accounts.ApiToken",
    } <= rows_of(number).keys()
    with django_capture_on_commit_callbacks(execute=True):
        assertContains(client.post(DELETE, {"password": PASSWORD}), "Your account is gone")
    assert not User.objects.filter(pk=number).exists()
    assert rows_of(number) == {}
    assert not AccessAttempt.objects.exists()
    assert user_of_token(raw) is None
    machine.refresh_from_db()
    assert (machine.state, machine.sandbox_id) == ("removing", None)
    assert not home.parent.exists()
    for browser in (client, elsewhere):
        assert browser.get("/accounts/profile/").status_code == 302


def test_the_work_of_others_stays(ada, otto, home, django_capture_on_commit_callbacks):
    machine = make_work(otto)
    with django_capture_on_commit_callbacks(execute=True):
        browser_of(ada).post(DELETE, {"password": PASSWORD})
    machine.refresh_from_db()
    assert machine.state == "claimed"
    assert Submission.objects.filter(user=otto).exists()
    assert Path(home.parents[1]).exists()


@pytest.mark.parametrize("password", ["", "wrong"])
def test_not_without_the_password(ada, password):
    assertContains(browser_of(ada).post(DELETE, {"password": password}), 'aria-invalid="true"')
    assert User.objects.exists()


def test_a_link_deletes_nothing(ada):
    browser_of(ada).get(DELETE, {"password": PASSWORD})
    assert User.objects.exists()
    assert Client().post(DELETE, {"password": PASSWORD}).status_code == 302
    assert User.objects.exists()


def test_the_last_operator_stays(otto, db):
    assertContains(browser_of(otto).post(DELETE, {"password": PASSWORD}), "the only operator")
    assert User.objects.filter(pk=otto.pk).exists()
    UserFactory(username="olga", role="operator")
    browser_of(otto).post(DELETE, {"password": PASSWORD})
    assert not User.objects.filter(pk=otto.pk).exists()


def test_deleting_in_the_admin_ends_machines_too(
    otto, ada, home, django_capture_on_commit_callbacks
):
    machine = make_work(ada)
    with django_capture_on_commit_callbacks(execute=True):
        browser_of(otto).post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"})
    machine.refresh_from_db()
    assert machine.state == "removing"
    assert not home.exists()
