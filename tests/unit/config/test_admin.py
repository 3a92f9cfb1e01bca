"""Show every model that stands for itself in the admin.

Pages open for those who may see them; none writes a state.
"""

from itertools import chain

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, Invitation, User
from core.models import AuditEntry
from curriculum.models import Course, Exercise, Lesson, LessonFile
from grading.models import OpenedHint, ResultVersion, Submission
from sandboxes.models import EngineHistory, Host
from tests.support.factories import (
    CertificateFactory,
    CourseFactory,
    HostFactory,
    MachineFactory,
    PredictionFactory,
    SandboxFactory,
    ScoreFactory,
    SubmissionFactory,
    UserFactory,
)

# Of a lesson, a submission, an attempt, a machine: their pages show them, or nobody needs to look.
PARTS = (LessonFile, ResultVersion, OpenedHint, EngineHistory)
OURS = [
    model
    for label in ("core", "accounts", "curriculum", "sandboxes", "grading")
    for model in apps.get_app_config(label).get_models()
    if model not in PARTS
]
CURRICULUM = (Course, Lesson, Exercise)
WRITABLE = (User, Host, *CURRICULUM)
OPERATORS = (User, ApiToken, Invitation, Host)


@pytest.fixture
def rows(db: None) -> dict[type, object]:
    """One row of every model."""
    now = timezone.now()
    student = UserFactory(username="rows", role=User.Role.STUDENT)
    token = ApiToken.objects.create(user=student, name="t", prefix="p", digest="0" * 64)
    invitation = Invitation.objects.create(email="i@example.org", digest="1" * 64, expires_at=now)
    course = CourseFactory(slug="c", title="C")
    lesson = Lesson.objects.create(course=course, slug="l", title="L", source="", version="1")
    exercise = Exercise.objects.create(
        lesson=lesson, slug="e", title="E", machine="box", points=1, definition={}
    )
    host = HostFactory(name="local", docker_url="fake://admin")
    sandbox = SandboxFactory(
        user=student, lesson_key="c/l", changed_at=now, active_at=now, expires_at=now
    )
    machine = MachineFactory(
        host=host, sandbox=sandbox, name="box", kind="linux", image="i", changed_at=now
    )
    submission = SubmissionFactory(
        user=student, exercise=exercise, number=1, points=1, changed_at=now
    )
    score = ScoreFactory(user=student, exercise=exercise)
    prediction = PredictionFactory(user=student, exercise=exercise, key="k", value=1.0, made_at=now)
    certificate = CertificateFactory(user=student, course=course)
    entry = AuditEntry.objects.create(action="x.y", target="accounts.user", target_id="1")
    rows = (
        entry,
        student,
        token,
        invitation,
        course,
        lesson,
        exercise,
        host,
        sandbox,
        machine,
        submission,
        score,
        prediction,
        certificate,
    )
    return {type(row): row for row in rows}


def client_of(role: str, **fields: object) -> Client:
    client = Client()
    client.force_login(UserFactory(username=f"the-{role}", role=role, is_staff=True, **fields))
    return client


def page(model: type, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def status(client: Client, model: type, rows: dict[type, object]) -> list[int]:
    """Return the statuses of the list, of a row's page, and of the page that adds a row.

    Lessons are added to a course, exercises to a lesson.
    """
    under = {Lesson: f"?course={rows[Course].pk}", Exercise: f"?lesson={rows[Lesson].pk}"}.get(
        model, ""
    )
    paths = (
        page(model, "changelist"),
        page(model, "change", rows[model].pk),
        page(model, "add") + under,
    )
    return [client.get(path).status_code for path in paths]


@pytest.mark.parametrize("model", OURS)
def test_a_superuser_opens_every_page(rows, model):
    expected = [200, 200, 200 if model in WRITABLE else 403]
    assert status(client_of(User.Role.OPERATOR, is_superuser=True), model, rows) == expected


@pytest.mark.parametrize("model", OURS)
def test_an_operator_runs_hosts_accounts_and_curriculum_and_sees_the_rest(rows, model):
    assert status(client_of(User.Role.OPERATOR), model, rows) == [
        200,
        200,
        200 if model in WRITABLE else 403,
    ]


@pytest.mark.parametrize("model", OURS)
def test_an_instructor_writes_the_curriculum_sees_what_students_do_and_changes_nothing_else(
    rows, model
):
    client = client_of(User.Role.INSTRUCTOR)
    writes = model in CURRICULUM
    expected = [403] * 3 if model in OPERATORS else [200, 200, 200 if writes else 403]
    if model is AuditEntry:  # this one is about a user, whom instructors don't see
        expected = [200, 302, 403]
    assert status(client, model, rows) == expected
    before = model.objects.filter(pk=rows[model].pk).values().get()
    answer = client.post(
        page(model, "change", rows[model].pk), {"state": "ready", "archived": "on"}
    )
    assert answer.status_code == (422 if writes else 403)
    if not writes:
        answer = client.post(page(model, "delete", rows[model].pk), {"post": "yes"})
        assert answer.status_code == 403
    assert model.objects.filter(pk=rows[model].pk).values().get() == before


@pytest.mark.parametrize("model", [Course, Lesson])
def test_what_an_instructor_takes_away_is_kept_with_the_work_on_it(rows, model):
    client = client_of(User.Role.INSTRUCTOR)
    answer = client.post(page(model, "delete", rows[model].pk), {"post": "yes"})
    assert answer.status_code == 302
    assert model.objects.get(pk=rows[model].pk).archived
    assert Submission.objects.filter(exercise=rows[Exercise]).exists()


def test_a_student_is_sent_to_sign_in_even_as_staff_without_a_role(rows):
    staff = client_of(User.Role.STUDENT)
    assert {model: status(staff, model, rows) for model in OURS} == {
        model: [403, 403, 403] for model in OURS
    }
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
    boss = UserFactory(username="boss", role=User.Role.OPERATOR, is_staff=True)
    assert boss.has_perm("sandboxes.change_host")
    boss.is_active = False
    assert not boss.has_perm("sandboxes.change_host")
    assert not boss.has_module_perms("sandboxes")


def index_of(client: Client) -> dict[str, list[str]]:
    """The lists that the admin's first page offers, by heading."""
    groups = client.get("/admin/").context["app_list"]
    return {
        str(group["name"]): [model["model"]._meta.label for model in group["models"]]
        for group in groups
    }


def test_the_index_has_every_list_once_by_what_it_is_for(db):
    index = index_of(client_of(User.Role.OPERATOR, is_superuser=True))
    assert sorted(chain.from_iterable(index.values())) == sorted(
        model._meta.label for model in admin.site._registry
    )
    assert list(index)[:3] == ["Lessons", "Students' work", "People"]
    assert index["Lessons"] == ["curriculum.Course", "curriculum.Lesson", "curriculum.Exercise"]


def test_the_index_has_only_what_one_may_see(db):
    assert list(index_of(client_of(User.Role.INSTRUCTOR))) == [
        "Lessons",
        "Students' work",
        "Machines",
        "What happened",
    ]
