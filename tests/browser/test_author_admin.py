"""Every page of the admin, with a row in every list: no complaint in the console, nothing against
the page's policy, nothing that axe-core finds serious, nothing wider than the screen; by day and
by night, on a desk and on a phone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Browser, Page

import config.urls  # noqa: F401  applies the theme to the admin's classes
from tests.support.availability import unavailable
from tests.support.browser.axe import AXE, RUN, SIZES
from tests.support.browser.content_policy import WATCH
from tests.support.browser.workspace import sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(900)

# Each width and each scheme once; ninety pages in all four would take longer than every other
# browser test.
APPEARANCES = [("light", "desk"), ("dark", "phone")]
PASSWORD = "a-red-hull-in-dock"
MAKE = """
import json
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils import timezone
from accounts.models import ApiToken, Invitation, User
from core.models import AuditEntry
from curriculum.models import Exercise
from grading.models import Certificate, Prediction, Score, Submission
from sandboxes.models import Host, Machine, Sandbox
import config.urls
User.objects.filter(username__in=["harbour", "hull"]).delete()
boss = User.objects.create_superuser("harbour", password={password!r}, role="operator")
student = User.objects.create_user("hull", password={password!r}, email="hull@example.org")
now = timezone.now()
exercise = Exercise.objects.filter(archived=False).select_related("lesson__course").first()
sandbox = Sandbox.objects.create(
    user=student, lesson_key=exercise.lesson.key, state="gone", changed_at=now,
                                 active_at=now, expires_at=now)
asked = dict(user_agent="Firefox", ip_address="192.0.2.7", username="hull",
             path_info="/accounts/sign-in/")
rows = [
    boss, exercise, exercise.lesson, exercise.lesson.course, Host.objects.first(), sandbox,
    Machine.objects.create(
        host=Host.objects.first(), sandbox=sandbox, name="box", kind="linux", image="i",
                           state="gone", changed_at=now),
    Submission.objects.create(user=student, exercise=exercise, number=1, points=1, changed_at=now),
    Score.objects.create(user=student, exercise=exercise),
    Prediction.objects.create(user=student, exercise=exercise, key="k", value=1.0, made_at=now),
    Certificate.objects.create(
        user=student, course=exercise.lesson.course, name="Hull", course_title="C", issued_at=now),
    ApiToken.objects.create(user=student, name="laptop", digest="d" * 40, prefix="dd_abcd"),
    Invitation.objects.create(
        email="new@example.org", role="student", invited_by=boss, digest="e" * 40,
                              expires_at=now),
    AuditEntry.objects.create(
        action="score.corrected", target="grading.score", target_id="1", reason="Why not."),
    Group.objects.get_or_create(name="Harbour")[0],
    EmailAddress.objects.get_or_create(user=student, email="hull@example.org")[0],
    Authenticator.objects.create(user=student, type="recovery_codes", data={{}}),
    AccessAttempt.objects.create(get_data="", post_data="", failures_since_start=1, **asked),
    AccessLog.objects.create(**asked),
    AccessFailureLog.objects.create(locked_out=False, **asked),
]
print(json.dumps({{row._meta.label: row.pk for row in rows}}, default=str))
"""


@pytest.fixture(scope="module")
def rows(stack: RunningPlatform) -> dict[str, Any]:
    """One row of each model, by the model's label."""
    printed = stack.manage("shell", "--no-imports", "-c", MAKE.format(password=PASSWORD))
    return dict(json.loads(printed.splitlines()[-1]))


@pytest.fixture(scope="module", params=APPEARANCES, ids="-".join)
def boss(
    browser: Browser, stack: RunningPlatform, rows: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of an operator with a scheme and a device."""
    if not AXE.is_file():
        unavailable("axe-core is not installed: npm ci")
    scheme, size = request.param
    context = browser.new_context(
        viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    sign_in(page, stack.base_url, "harbour", PASSWORD)
    yield page
    context.close()


def pages_of(model: Any, rows: dict[str, Any]) -> dict[str, str]:
    """List, form, history, removal and addition of a model."""
    meta = model._meta
    below = {"lesson": ("course", "curriculum.Course"), "exercise": ("lesson", "curriculum.Lesson")}
    above = below.get(meta.model_name)

    def address(name: str, *args: Any) -> str:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)

    pages = {name: address(name, rows[meta.label]) for name in ("change", "history", "delete")}
    add = address("add") + (f"?{above[0]}={rows[above[1]]}" if above else "")
    return {"list": address("changelist"), "add": add, **pages}


def faults(page: Page, complaints: list[str], address: str) -> list[str]:
    """What is wrong with one page. That a form is not for anybody (403) is no fault, the page that
    says so may be."""
    complaints.clear()
    response = page.goto(address)
    page.wait_for_load_state("load")
    status = response.status if response else 0
    violations = [] if status in (200, 403) else [f"status {status}"]
    violations += [text for text in complaints if f"status of {status}" not in text]
    violations += page.evaluate("window.violations")
    # Runs past the policy, as everything that a test evaluates does; the page itself stays under
    # it.
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    violations += page.evaluate(RUN)
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return violations + ([f"{wider} px wider than the screen"] if wider > 0 else [])


def test_there_is_a_row_for_every_model(rows: dict[str, Any]) -> None:
    assert {model._meta.label for model in admin.site._registry} == set(rows)


def test_every_page(
    boss: Page, stack: RunningPlatform, rows: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    complaints = watch_console(boss)
    addresses = {"index": reverse("admin:index"), "password": reverse("admin:password_change")}
    for model in admin.site._registry:
        addresses |= {
            f"{model._meta.label} {name}": path for name, path in pages_of(model, rows).items()
        }
    wrong = {}
    for name, path in addresses.items():
        wrong[name] = faults(boss, complaints, stack.base_url + path)
        if folder := os.environ.get("DRYDOCK_ADMIN_SHOTS"):  # to look at
            file = f"{name}-{request.node.callspec.id}.png".replace(" ", "-")
            boss.screenshot(path=Path(folder) / file, full_page=True)
    wrong = {name: what for name, what in wrong.items() if what}
    assert not wrong, json.dumps(wrong, indent=1)
