"""Every address of the product answers, to everybody who may come: nowhere an error of ours."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Invitation, User
from curriculum.models import Exercise, Lesson
from grading.models import Certificate, Submission
from sandboxes.models import Machine, Sandbox
from tests.support.crawler import Crawl, routes
from tests.support.fixtures.every_row import VISITORS, Rows

MODELS = list(admin.site._registry)
# What nobody has, of each kind that a parameter may be.
NOWHERE = ("nothing", "00000000-0000-0000-0000-000000000000", "9" * 30)
# Ends the session, on purpose.
SIGN_OUT = "/accounts/sign-out/"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.task_queue.hand_to_broker", lambda *_args, **_options: None)
    monkeypatch.setattr("core.events.publish", lambda **_: None)


def arguments(rows: Rows) -> dict[str, Any]:
    """Return a value for each parameter that stands in a route."""
    lesson: Any = rows[Lesson]
    return {
        "course": lesson.course.slug,
        "lesson": lesson.slug,
        "exercise": rows[Exercise].slug,  # type: ignore[attr-defined]
        "sandbox_id": rows[Sandbox].pk,
        "machine_id": rows[Machine].pk,
        "port": 8080,
        "submission_id": rows[Submission].pk,
        "certificate": rows[Certificate].pk,
        "token_id": rows[ApiToken].pk,
        "invitation_id": rows[Invitation].pk,
        "content_type_id": ContentType.objects.get_for_model(User).pk,
        "app_label": "curriculum",
        "id": rows[User].pk,
        "name": "no-such.png",
        "raw": "no-such-invitation",
        "key": "no-such-key",
        "uidb36": "1",
        "url": "no/such/page",
    }


def addresses(rows: Rows) -> list[str]:
    """Return an address for each route; in the admin, for each model's own row."""
    values, found = arguments(rows), []
    by_name = {f"{model._meta.app_label}_{model._meta.model_name}": model for model in MODELS}
    for route in routes():
        model = by_name.get("_".join(route.pattern.split("/")[1:3]), User)
        pk = rows[model].pk
        found.append(route.path(values | {"pk": pk, "object_id": pk}))
    return found


def page(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def faults(client: Client, method: str, paths: list[str], **request: Any) -> list[str]:
    """Return which paths answer that the fault is ours."""
    ask = getattr(client, method)
    answers = {path: ask(path, **request) for path in paths if path != SIGN_OUT}
    return [
        f"{answer.status_code} {path}"
        for path, answer in answers.items()
        if answer.status_code >= 500 and not path.startswith("/readyz")
    ]


def test_every_model_of_the_admin_has_a_row_here(every_row):
    assert set(MODELS) == set(every_row)


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_answers(every_row, visit, visitor):
    assert faults(visit(visitor), "get", addresses(every_row)) == []


@pytest.mark.parametrize("visitor", ["stranger", "student", "superuser"])
@pytest.mark.parametrize("method", ["post", "delete"])
def test_every_address_answers_a_change_that_says_nothing(every_row, visit, visitor, method):
    client = visit(visitor)
    assert faults(client, method, addresses(every_row)) == []


@pytest.mark.parametrize("value", NOWHERE)
def test_an_address_of_nothing_is_no_error_of_ours(every_row, visit, value):
    known = dict.fromkeys(arguments(every_row), value) | {"pk": value, "object_id": value}
    paths = [
        route.path(known | {"app_label": "curriculum"}) for route in routes() if route.parameters
    ]
    assert faults(visit("superuser"), "get", paths) == []


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a\0b", "o": "99.-99.x", "p": "-1", "e": "1", "course": "nothing", "v": "\0"},
        {"p": "9" * 30, "all": "x", "o": "9" * 30, "lesson": "9" * 30, "course": "9" * 30},
        {"_popup": "1", "_to_field": "nothing", "next": "//elsewhere.example"},
        {"state__exact": "\0", "_changelist_filters": "q=%00"},
        {"created_at__year": "x", "at__month": "13", "user__password__startswith": "a"},
    ],
)
def test_a_query_of_nonsense_is_no_error_of_ours(every_row, visit, query):
    assert faults(visit("superuser"), "get", addresses(every_row), data=query) == []


# Of the two who may see everything, one.
@pytest.mark.parametrize("visitor", ["stranger", "student", "instructor", "operator"])
def test_every_link_leads_to_a_page(every_row, visit, visitor):
    crawl = Crawl(visit(visitor), leave_out=("/static/", SIGN_OUT))
    for start in ("/", "/accounts/profile/", *(["/admin/"] if visitor != "student" else [])):
        crawl.run(start)
    assert crawl.faults == []
    expected = {"stranger": "/accounts/sign-up/", "student": "/courses/"}.get(visitor, "/admin/")
    assert any(path.startswith(expected) for path in crawl.visited)


@pytest.mark.parametrize("visitor", ["instructor", "superuser"])
def test_every_action_answers(every_row, visit, visitor, rf):
    request = rf.get("/")
    request.user = User(is_staff=True, is_superuser=True, role=User.Role.OPERATOR)
    client, own = visit(visitor), {"action": "", "select_across": "0"}
    for model in MODELS:
        actions = ("", "no-such-action", *admin.site.get_model_admin(model).get_actions(request))
        for action in actions:
            for chosen in ([], ["nothing"], [str(every_row[model].pk)]):
                body = own | {"action": action, "_selected_action": chosen}
                answer = client.post(page(model, "changelist"), body)
                assert answer.status_code < 500, (model, action, chosen)


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_history_opens(every_row, visit, visitor):
    client = visit(visitor)
    for model in MODELS:
        row = every_row[model]
        for message in ([{"added": {}}], [{"changed": {"fields": ["Title"]}}], [], "In words."):
            LogEntry.objects.log_actions(
                every_row[User].pk, [row], CHANGE, change_message=message, single_object=True
            )
        answer = client.get(page(model, "history", row.pk))
        assert answer.status_code in (200, 302, 403), model
    assert client.get("/admin/").status_code in (200, 302)
