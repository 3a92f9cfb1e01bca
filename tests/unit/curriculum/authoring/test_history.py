"""What the admin's history says of a course, a lesson and an exercise."""

import importlib

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from curriculum.admin.editor import change_url
from tests.support.curriculum.admin_forms import typed

migration = importlib.import_module("curriculum.migrations.0005_readable_histories")


def history_of(client: Client, row: Model) -> str:
    page = reverse(f"admin:curriculum_{row._meta.model_name}_history", args=[row.pk])
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def save(client: Client, row: Model, **changes: str) -> None:
    form = typed(client.get(change_url(row))) | changes
    assert client.post(change_url(row), form).status_code == 302


def test_a_history_names_the_fields_that_were_changed(author, loaded):
    exercise = loaded.exercises.earliest("position")
    for row in (loaded.course, loaded, exercise):
        save(author, row, title="Another title", summary="Another summary.")
    assert "Changed title and summary." in history_of(author, loaded.course)
    assert "Changed title and summary." in history_of(author, loaded)
    assert "Changed title." in history_of(author, exercise)


def test_a_page_saved_as_it_was_is_no_change(author, loaded):
    save(author, loaded)
    assert "No fields changed." in history_of(author, loaded)


def test_what_was_published_and_taken_out_stands_in_the_history(author, loaded):
    exercise = loaded.exercises.earliest("position")
    actions = {"action": "withdraw_selected", "_selected_action": [loaded.pk]}
    author.post(reverse("admin:curriculum_lesson_changelist"), actions)
    author.post(change_url(exercise), {"_remove": "1"})
    assert "Back to draft." in history_of(author, loaded)
    assert "Taken out of its lesson." in history_of(author, exercise)


@pytest.mark.parametrize(
    ("stored", "readable"),
    [
        ('[{"changed": {}}]', "Changed."),
        ('[{"deleted": {}}]', "Taken out of its lesson."),
        ('[{"changed": {"fields": ["draft"]}}]', "Changed draft."),
        ('[{"added": {}}]', "Added."),
    ],
)
def test_a_history_of_an_older_version_opens_after_the_upgrade(author, loaded, stored, readable):
    user = author.get("/").wsgi_request.user
    LogEntry.objects.log_actions(user.pk, [loaded], CHANGE, change_message=stored)
    migration.rewrite(apps, None)
    assert readable in history_of(author, loaded)
