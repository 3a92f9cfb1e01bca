"""Show every state of a sandbox, and the way out of it, without reloading the page."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import LESSON, Workspace, sign_in
from tests.support.clients.api import LiveStudent
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

FALL_ASLEEP = """
from datetime import timedelta
from sandboxes.models import Sandbox
from django.utils import timezone
Sandbox.objects.filter(pk="{id}").update(active_at=timezone.now() - timedelta(days=1))
"""
NEARLY_ASLEEP = """
from datetime import timedelta
from sandboxes.models import Sandbox
from django.utils import timezone
before = timezone.now() - timedelta(minutes=19, seconds=15)
Sandbox.objects.filter(pk="{id}").update(active_at=before)
"""
ACTIVE_AT = """
from sandboxes.models import Sandbox
print(Sandbox.objects.get(pk="{id}").active_at.isoformat())
"""
USED_LATELY = """
from datetime import timedelta
from sandboxes.models import Sandbox
from django.utils import timezone
sandbox = Sandbox.objects.get(pk="{id}")
print(sandbox.state, sandbox.active_at > timezone.now() - timedelta(hours=1))
"""
FAIL = """
from sandboxes.models import Sandbox
from sandboxes.transitions import fail_sandbox
fail_sandbox(sandbox=Sandbox.objects.get(pk="{id}"), reason="The image could not be read.")
"""
NO_ROOM = """
from sandboxes.models import Host, Machine
from sandboxes.transitions import retire_machine
Host.objects.update(machines_max=Machine.objects.exclude(state="gone").exclude(sandbox=None).count())
for warm in Machine.objects.exclude(state="gone").filter(sandbox=None):
    retire_machine(warm)
"""
ROOM = "from sandboxes.models import Host; Host.objects.update(machines_max=40)"


def shell(stack: RunningPlatform, script: str, **values: str) -> None:
    stack.manage("shell", "--no-imports", "-c", script.format(**values))


@pytest.fixture(scope="module")
def desk(open_workspace: Callable[[str], Workspace]) -> Workspace:
    return open_workspace("guest")


@pytest.fixture
def lesson(desk: Workspace) -> Iterator[Workspace]:
    desk.mark()
    yield desk
    desk.assert_never_reloaded()


def test_asleep_and_awake_again(stack: RunningPlatform, lesson: Workspace) -> None:
    lesson.focus()
    lesson.run("echo kept > /etc/keepsake")
    shell(stack, FALL_ASLEEP, id=lesson.sandbox()["id"])
    expect(lesson.bar).to_have_text("Your machine is asleep")
    expect(lesson.overlay).to_contain_text("Its files are kept")
    lesson.overlay.get_by_role("button", name="Wake it up").click()
    lesson.wait_live()
    expect(lesson.overlay).to_be_hidden()
    expect(lesson.machine.locator(".xterm-helper-textarea")).to_be_focused()
    assert lesson.run("cat /etc/keepsake") == "kept"


def test_told_a_minute_before_it_falls_asleep_one_click_keeps_it(
    stack: RunningPlatform, lesson: Workspace
) -> None:
    sandbox_id = lesson.sandbox()["id"]
    notice = lesson.page.locator("[data-parking]")
    expect(notice).to_be_hidden()
    shell(stack, NEARLY_ASLEEP, id=sandbox_id)
    before = stack.manage("shell", "--no-imports", "-c", ACTIVE_AT.format(id=sandbox_id))
    expect(notice).to_contain_text("goes to sleep within a minute")
    notice.get_by_role("button", name="Keep it running").click()
    expect(notice).to_be_hidden()
    assert stack.manage("shell", "--no-imports", "-c", ACTIVE_AT.format(id=sandbox_id)) > before
    expect(lesson.bar).to_have_text("Your machine is running")


def test_a_job_that_only_computes_keeps_it_awake(stack: RunningPlatform, lesson: Workspace) -> None:
    sandbox_id = lesson.sandbox()["id"]
    lesson.focus()
    lesson.do("(while :; do :; done) &")
    shell(stack, FALL_ASLEEP, id=sandbox_id)
    wait_for(lambda: in_use(stack, sandbox_id), "seeing the job", 120)
    expect(lesson.bar).to_have_text("Your machine is running")
    lesson.do("kill %1")


def in_use(stack: RunningPlatform, sandbox_id: str) -> bool:
    """Whether the sandbox runs, and was used within the last hour."""
    script = USED_LATELY.format(id=sandbox_id)
    return stack.manage("shell", "--no-imports", "-c", script).strip() == "ready True"


def test_failed_with_the_reason(stack: RunningPlatform, lesson: Workspace) -> None:
    shell(stack, FAIL, id=lesson.sandbox()["id"])
    expect(lesson.bar).to_have_text("The machine failed")
    expect(lesson.overlay).to_contain_text("The image could not be read.")
    expect(lesson.overlay).to_contain_text("tell your instructor")
    lesson.overlay.get_by_role("button", name="Try again").click()
    lesson.wait_live()
    expect(lesson.bar).to_have_text("Your machine is running")


def test_ended_and_started_again(lesson: Workspace) -> None:
    lesson.focus()
    lesson.run("echo at home > /root/keepsake; echo elsewhere > /etc/keepsake")
    lesson.page.get_by_role("button", name="End", exact=True).click()
    dialog = lesson.page.get_by_role("dialog", name="Give the machine back?")
    expect(dialog).to_contain_text("everything outside your home folder is lost")
    expect(dialog).to_contain_text("up to 50 MB")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(lesson.bar).to_have_text("Your machine is running")
    lesson.page.get_by_role("button", name="End", exact=True).click()
    dialog.get_by_role("button", name="End", exact=True).click()
    expect(lesson.overlay).to_contain_text("The machine has been given back")
    lesson.overlay.get_by_role("button", name="Start a new one").click()
    lesson.wait_live()
    lesson.focus()
    assert lesson.run("cat /root/keepsake; ls /etc/keepsake 2>/dev/null") == "at home"


def test_reset_gives_a_fresh_one(lesson: Workspace) -> None:
    lesson.focus()
    lesson.run("touch /root/litter")
    first = lesson.sandbox()["machines"][0]["id"]
    lesson.page.get_by_role("button", name="Reset").click()
    dialog = lesson.page.get_by_role("dialog", name="Take a fresh machine?")
    dialog.get_by_role("button", name="Reset").click()
    lesson.page.wait_for_function(
        "first => { const { state, machines } = drydock.sandbox.payload;"
        " return state === 'ready' && machines[0].id !== first }",
        arg=first,
        timeout=60_000,
    )
    lesson.wait_live()
    lesson.focus()
    assert lesson.run("ls -A /root/litter 2>/dev/null") == ""


def test_extended(lesson: Workspace) -> None:
    before = lesson.sandbox()["expires_at"]
    lesson.page.get_by_role("button", name="Extend").click()
    expect(lesson.page.locator("#toasts")).to_contain_text("You now have the machine for longer.")
    assert lesson.sandbox()["expires_at"] > before


@pytest.fixture
def holder(stack: RunningPlatform, people: dict[str, Person]) -> Iterator[LiveStudent]:
    """Somebody who has a machine, beside which there is no room for another, nor a warm one."""
    student = LiveStudent(stack.base_url, *people["holder"])
    student.ready_sandbox()
    shell(stack, NO_ROOM)
    yield student
    shell(stack, ROOM)


def test_queued_until_somebody_leaves(
    stack: RunningPlatform, new_page: Callable[[], Page], newcomer: Person, holder: LiveStudent
) -> None:
    waiting = Workspace(new_page(), stack.base_url)
    sign_in(waiting.page, stack.base_url, *newcomer)
    waiting.page.goto(stack.base_url + LESSON)
    expect(waiting.bar).to_have_text("Waiting for a machine")
    expect(waiting.overlay).to_contain_text("You are next")
    expect(waiting.overlay).to_contain_text("One should be free in")
    waiting.mark()
    holder.end_sandbox(holder.request_sandbox()["id"])
    waiting.wait_live()
    expect(waiting.overlay).to_be_hidden()
    waiting.assert_never_reloaded()
