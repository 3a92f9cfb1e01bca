"""An instructor writes a lesson in the admin, previews, tries and publishes it; a student then passes it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.workspace import Workspace, sign_in, watch_console
from tests.running import RunningPlatform

pytestmark = pytest.mark.timeout(240)

PASSWORD = "a-red-hull-in-dock"
MAKE_PEOPLE = """
from accounts.models import User
for name, role in (("author", "instructor"), ("novice", "student")):
    User.objects.filter(username=name).delete()
    User.objects.create_user(name, password={password!r}, role=role, is_staff=role == "instructor")
"""
LESSON = "/courses/vms-and-containers/made-here/"


def test_a_lesson_is_written_tried_published_and_passed(stack: RunningPlatform, new_page: Callable[..., Any]) -> None:
    stack.manage("shell", "--no-imports", "-c", MAKE_PEOPLE.format(password=PASSWORD))
    author, student = new_page(), new_page()
    complaints = watch_console(author)
    sign_in(author, stack.base_url, "author", PASSWORD)
    sign_in(student, stack.base_url, "novice", PASSWORD)
    write_lesson(author, stack.base_url)
    write_exercise(author)
    try_it(author)
    assert student.goto(stack.base_url + LESSON).status == 404
    publish(author, stack.base_url)
    student.goto(stack.base_url + LESSON)
    pass_it(Workspace(student, stack.base_url).wait_live())
    assert [one for one in complaints if "422" not in one] == []  # 422: the answer to a form with faults


def write_lesson(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/admin/curriculum/course/")
    page.get_by_role("link", name="Virtual machines and containers").click()
    page.get_by_role("link", name="Add a lesson").click()
    page.get_by_label("Slug").fill("made-here")
    page.get_by_label("Title", exact=True).fill("Made here")
    body = page.locator("textarea[data-markdown]")
    body.fill("# Too big\n\nWrite `42` **down**.")
    expect(page.locator("[data-problems] li")).to_have_text(
        ["line 1: heading: begin with ##: the title is the page's only first-level heading"]
    )
    body.fill("Write `42` **down**.")
    expect(page.locator("[data-preview] strong")).to_have_text("down")
    expect(page.locator("[data-problems] li")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Made here” is saved.")).to_be_visible()


def write_exercise(page: Page) -> None:
    page.get_by_role("link", name="Add an exercise").click()
    page.get_by_label("Slug").fill("answer")
    page.get_by_label("Title", exact=True).fill("The answer")
    page.locator("textarea[data-markdown]").fill("Write it into `/root/answer`.")
    check = page.locator("[data-list]", has_text="Checks").locator("[data-group]").first
    check.get_by_label("Kind").select_option("process")
    expect(check.get_by_label("Path")).to_be_hidden()
    check.get_by_label("Kind").select_option("file")
    check.get_by_label("Id").fill("right")
    check.get_by_label("Path").fill("root/answer")
    check.get_by_label("Equals", exact=False).first.fill("42")
    check.get_by_label("Message").fill("It should hold 42.")
    check.get_by_label("Read").fill("Above.")
    check.get_by_label("Points").fill("2")
    hints = page.locator("[data-list]", has_text="Hints").last
    hints.get_by_role("button", name="Add").click()
    hints.get_by_role("textbox").fill("Use `echo`.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Path: must be an absolute path")).to_be_visible()
    page.get_by_label("Path").fill("/root/answer")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“The answer” is saved.")).to_be_visible()


def try_it(page: Page) -> None:
    page.get_by_role("link", name="Made here").first.click()
    page.get_by_role("button", name="Save and try it").click()
    expect(page.get_by_role("heading", name="Made here")).to_be_visible()
    pass_it(Workspace(page, "").wait_live())


def pass_it(lesson: Workspace) -> None:
    lesson.focus()
    lesson.enter("echo 42 > /root/answer")
    lesson.wait_prompt()
    expect(lesson.check("answer")).to_have_text("Passed, 2 of 2 points.")


def publish(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/admin/curriculum/lesson/")
    page.get_by_role("link", name="Made here").click()
    page.get_by_label("Draft").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Made here” is saved.")).to_be_visible()
