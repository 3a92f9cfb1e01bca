"""The audit log grows and never changes."""

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from core import audit
from core.models import AuditEntry
from tests.support.factories import UserFactory


@pytest.fixture
def entry(db: None) -> AuditEntry:
    actor = UserFactory(username="ines")
    target = UserFactory(username="ada")
    audit.record(
        [
            audit.entry(
                actor=actor,
                action="x.y",
                target=target,
                before={"a": 1},
                after={"a": 2},
                reason="so",
            )
        ]
    )
    return AuditEntry.objects.get()


def test_an_entry_says_who_what_and_why(entry):
    ada, ines = (User.objects.get(username=name) for name in ("ada", "ines"))
    assert (entry.actor, entry.actor_id, entry.action, entry.reason) == (
        "ines",
        ines.pk,
        "x.y",
        "so",
    )
    assert (entry.target, entry.target_id, entry.before, entry.after) == (
        "accounts.user",
        str(ada.pk),
        {"a": 1},
        {"a": 2},
    )


def test_the_platform_is_an_actor_without_a_name(db):
    target = UserFactory(username="ada")
    audit.record([audit.entry(actor=None, action="x.y", target=target, before={}, after={})])
    assert (AuditEntry.objects.get().actor, AuditEntry.objects.get().actor_id) == ("", None)


def test_an_entry_outlives_its_actor_and_its_object(entry):
    for user in User.objects.all():
        user.delete()
    assert AuditEntry.objects.get().actor == "ines"


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.update(reason="other"),
        lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
        lambda entry: AuditEntry.objects.bulk_update([entry], ["reason"]),
    ],
)
def test_it_is_neither_altered_nor_removed(entry, change):
    entry.reason = "other"
    with pytest.raises(TypeError), transaction.atomic():
        change(entry)
    assert AuditEntry.objects.get().reason == "so"


def test_the_admin_shows_it_and_offers_no_change(admin_client, entry):
    page = reverse("admin:core_auditentry_change", args=[entry.pk])
    assert admin_client.get(reverse("admin:core_auditentry_changelist")).status_code == 200
    assert admin_client.get(page).status_code == 200
    delete = reverse("admin:core_auditentry_delete", args=[entry.pk])
    answers = [
        admin_client.post(url, {"post": "yes", "reason": "other"}).status_code
        for url in (page, delete)
    ]
    assert answers == [403, 403]
    assert AuditEntry.objects.get().reason == "so"
