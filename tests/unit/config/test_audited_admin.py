"""The audit log has everything that staff do, by names, and shows each what they may see."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.invitations import invite, withdraw
from accounts.models import ApiToken, User
from accounts.tokens import create_token, revoke_token
from core import audit
from core.models import AuditEntry
from curriculum.admin.editor import change_url
from sandboxes.models import Host
from tests.support.curriculum.admin_forms import typed
from tests.support.factories import HostFactory, SandboxFactory, UserFactory
from tests.support.grading import hand_in

LIST = "admin:core_auditentry_changelist"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f0005000201e2a5d2a00000000049454e44ae426082"
)


@pytest.fixture
def operator(db: None) -> User:
    return UserFactory(username="olga", role=User.Role.OPERATOR, is_staff=True)


@pytest.fixture
def office(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def page(model: Any, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def entries() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    rows = AuditEntry.objects.order_by("pk")
    return [(row.actor, row.action, row.before, row.after) for row in rows]


def test_a_change_is_recorded_with_what_was_there_before(office):
    host = HostFactory(name="here", docker_url="fake://here", accepting=True)
    address = page(Host, "change", host.pk)
    form = office.get(address).context["adminform"].form.initial
    typed_in = {name: value for name, value in form.items() if value is not None}
    del typed_in["accepting"]
    answer = office.post(address, typed_in | {"machines_max": "7"})
    assert answer.status_code == 302, answer.context["errors"]
    before = {"accepting": True, "machines_max": host.machines_max}
    after = {"accepting": False, "machines_max": 7}
    assert entries() == [("olga", "sandboxes.change", before, after)]


def test_a_password_is_never_in_it(office):
    student = UserFactory(username="ada")
    secret = "another long pass phrase"
    form = {"password1": secret, "password2": secret, "usable_password": "true"}
    address = reverse("admin:auth_user_password_change", args=[student.pk])
    assert office.post(address, form).status_code == 302
    ((actor, action, _before, after),) = entries()
    assert (actor, action) == ("olga", "accounts.change")
    assert secret not in str(after)


def test_what_is_added_and_deleted_is_recorded(office):
    office.post(page(Group, "add"), {"name": "Tutors"})
    group = Group.objects.get()
    office.post(page(Group, "delete", group.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": "0", "post": "yes"}
    doomed = [UserFactory(username=name) for name in ("ada", "grace")]
    office.post(
        page(User, "changelist"), chosen | {"_selected_action": [user.pk for user in doomed]}
    )
    actions = [action for _actor, action, _before, _after in entries()]
    assert actions == ["auth.add", "auth.delete", "accounts.delete", "accounts.delete"]
    assert User.objects.count() == 1


def test_who_could_not_be_deleted_is_not_recorded_as_gone(office, operator):
    form = {"action": "delete_selected", "_selected_action": [operator.pk], "post": "yes"}
    office.post(page(User, "changelist"), form)
    assert User.objects.filter(pk=operator.pk).exists()
    assert entries() == []


def test_a_form_saved_as_it_was_is_no_change(office):
    group = Group.objects.create(name="Tutors")
    office.post(page(Group, "change", group.pk), {"name": "Tutors"})
    assert entries() == []


def test_what_authors_do_is_recorded(author, loaded):
    exercise = loaded.exercises.earliest("position")
    author.post(change_url(loaded), typed(author.get(change_url(loaded))) | {"title": "Another"})
    files = reverse("admin:curriculum_files", args=[loaded.pk])
    answer = author.post(files, {"file": SimpleUploadedFile("a.png", PICTURE)})
    assert answer.status_code in (200, 422)
    actions = {"action": "withdraw_selected", "_selected_action": [loaded.pk]}
    author.post(page(loaded, "changelist"), actions)
    author.post(change_url(exercise), {"_remove": "1"})
    rows = AuditEntry.objects.order_by("pk").exclude(reason__contains="picture")
    assert [(row.actor, row.action, row.reason or row.after) for row in rows] == [
        ("ines", "curriculum.change", {"fields": ["title"]}),
        ("ines", "curriculum.change", "Back to draft."),
        ("ines", "curriculum.change", "Taken out of its lesson."),
    ]


def test_invitations_and_the_tokens_of_staff_are_recorded(operator):
    invitation, _raw = invite(email="new@example.org", role="student", by=operator)
    withdraw(invitation=invitation, by=operator)
    token, _raw = create_token(operator, "script")
    revoke_token(token)
    create_token(UserFactory(username="ada"), "own")
    assert [(actor, action) for actor, action, _before, _after in entries()] == [
        ("olga", "accounts.invite"),
        ("olga", "accounts.withdraw"),
        ("olga", "accounts.create_token"),
        ("olga", "accounts.revoke_token"),
    ]
    assert ApiToken.objects.count() == 1


@pytest.fixture
def log(operator: User, loaded: Any) -> dict[str, Any]:
    """Entries about a student's submission, their account, a lesson and a host that is gone."""
    ada = UserFactory(username="ada", email="ada@example.org")
    submission = hand_in(ada, loaded.exercises.earliest("position"), number=2)
    host = HostFactory(name="old-host", docker_url="fake://old")
    facts = {"user": ada.pk, "exercise": submission.exercise_id, "score": 3}
    sandbox = SandboxFactory(user=ada, lesson_key="course/lesson")
    for target in (submission, ada, loaded, host, sandbox):
        entry = audit.entry(actor=operator, action="x.y", target=target, before={}, after=facts)
        audit.record([entry])
    host.delete()
    return {"ada": ada, "submission": submission, "lesson": loaded, "sandbox": sandbox}


def test_it_names_what_was_changed(office, log):
    text = office.get(reverse(LIST)).content.decode()
    exercise = log["submission"].exercise
    for name in (f"attempt 2 of ada at {exercise}", "course/lesson of ada", "old-host (deleted)"):
        assert name in text
    rows = text[text.index("result_list") :]
    assert f">{log['submission'].pk}<" not in rows
    entry = AuditEntry.objects.get(target="grading.submission")
    detail = office.get(page(AuditEntry, "change", entry.pk)).content.decode()
    assert "&quot;user&quot;: &quot;ada&quot;" in detail
    assert f"&quot;exercise&quot;: &quot;{exercise}&quot;" in detail


def test_an_account_that_is_gone_takes_its_name_along(office, log):
    log["ada"].delete()
    text = office.get(reverse(LIST)).content.decode()
    assert "user (deleted)" in text
    assert "submission (deleted)" in text
    assert ">ada<" not in text


def test_an_instructor_reads_of_what_they_may_see_and_nothing_else(author, log):
    text = author.get(reverse(LIST)).content.decode()
    assert f"attempt 2 of ada at {log['submission'].exercise}" in text
    assert "old-host" not in text
    hidden = AuditEntry.objects.get(target="accounts.user")
    assert author.get(page(AuditEntry, "change", hidden.pk)).status_code == 302


def test_a_long_log_costs_no_more_queries(office, log, operator, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        office.get(reverse(LIST))
    for number in range(3, 30):
        submission = hand_in(log["ada"], log["submission"].exercise, number=number)
        entry = audit.entry(actor=operator, action="x.y", target=submission, before={}, after={})
        audit.record([entry])
    with django_assert_max_num_queries(30):
        office.get(reverse(LIST))
