"""An instructor writes a lesson in the admin, previews, tries and publishes it; a student then
passes it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

PASSWORD = "a-red-hull-in-dock"
# Whatever an earlier try has left goes first.
MAKE_PEOPLE = """
from accounts.models import User
from curriculum.models import Lesson
Lesson.objects.filter(slug="made-here").delete()
for name, role in (("author", "instructor"), ("novice", "student")):
    User.objects.filter(username=name).delete()
    User.objects.create_user(name, password={password!r}, role=role, is_staff=role == "instructor")
"""
LESSON = "/courses/vms-and-containers/made-here/"


def test_a_lesson_is_written_tried_published_and_passed(
    stack: RunningPlatform, new_page: Callable[..., Any], tmp_path: Path
) -> None:
    stack.manage("shell", "--no-imports", "-c", MAKE_PEOPLE.format(password=PASSWORD))
    author, student = new_page(), new_page()
    complaints = watch_console(author)
    sign_in(author, stack.base_url, "author", PASSWORD)
    sign_in(student, stack.base_url, "novice", PASSWORD)
    write_lesson(author, stack.base_url)
    show_a_picture(author)
    write_exercise(author)
    try_it(author)
    assert student.goto(stack.base_url + LESSON).status == 404
    publish(author, stack.base_url)
    student.goto(stack.base_url + "/courses/vms-and-containers/")
    outline = (
        student.get_by_role("listitem")
        .filter(has=student.get_by_role("link", name="Made here"))
        .last
    )
    expect(outline.get_by_text("What is a container")).to_be_visible()
    student.goto(stack.base_url + LESSON)
    expect(student.get_by_role("img", name="A dock")).to_have_js_property("naturalWidth", 80)
    pass_it(Workspace(student, stack.base_url).wait_live())
    passes_the_check_of_files(stack, tmp_path)
    assert [
        complaint for complaint in complaints if "422" not in complaint
    ] == []  # 422: the answer to a form with faults


def write_lesson(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/admin/curriculum/course/")
    page.get_by_role("link", name="Virtual machines and containers").click()
    page.get_by_role("link", name="Add a lesson").click()
    page.get_by_label("Slug").fill("made-here")
    page.get_by_label("Title", exact=True).fill("Made here")
    needs = page.get_by_role("group", name="Prerequisites")
    needs.get_by_role("button", name="Add").click()
    needs.get_by_role("combobox").select_option("What is a container")
    body = page.locator("textarea[data-markdown]")
    body.fill("# Too big\n\nWrite `42` **down**.")
    expect(page.locator("[data-problems] li")).to_have_text(
        ["line 1: heading: begin with ##: the title is the page's only first-level heading"]
    )
    write_with_buttons(page)
    expect(page.locator("[data-problems] li")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Made here” is saved.")).to_be_visible()


def write_with_buttons(page: Page) -> None:
    """What is selected is wrapped, a block gets lines of its own and the machine's name, Ctrl-Z
    takes it back."""
    body, shown = page.locator("textarea[data-markdown]"), page.locator("[data-preview]")
    body.fill("Write `42` down.")
    body.evaluate("text => text.setSelectionRange(11, 15)")
    body.press("Control+b")
    expect(shown.locator("strong")).to_have_text("down")
    body.press("Control+End")
    page.get_by_role("button", name="Runnable block").click()
    expect(body).to_have_value("Write `42` **down**.\n\n```bash run=box\necho hello\n```")
    expect(shown.get_by_role("button", name="Run")).to_be_visible()
    body.press("Control+z")
    expect(body).to_have_value("Write `42` **down**.")


def show_a_picture(page: Page) -> None:
    """Refused without words, and nothing typed is lost; then described, replaced, and not removed
    while it is used."""
    says, shown = page.locator("[data-upload-state]"), page.locator("[data-preview] img")
    body = page.locator("textarea[data-markdown]")
    choose(page, "Upload a picture", a_file("dock.gif", "GIF"))
    expect(says).to_have_text(
        "The file must be an SVG, PNG, JPEG or WebP picture, named with letters and digits."
    )
    expect(body).to_have_value("Write `42` **down**.")
    body.press("Control+End")
    choose(page, "Upload a picture", a_file("Dock.png", "PNG"))
    expect(says).to_contain_text("dock.png is there.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field__errors")).to_contain_text("needs a text that says what it shows")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Made here")
    body.fill("Write `42` **down**.\n\n![A dock](dock.png)")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Made here” is saved.")).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 40)
    choose(page, "Replace dock.png", a_file("other.png", "PNG", 80))
    expect(says).to_have_text("dock.png is replaced.")
    expect(shown).to_have_js_property("naturalWidth", 80)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove dock.png").click()
    expect(says).to_contain_text("is still used by the lesson's text")


def choose(page: Page, button: str, file: FilePayload) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name=button).click()
    chosen.value.set_files(file)


def a_file(name: str, form: str, width: int = 40) -> FilePayload:
    archive = BytesIO()
    Image.new("RGB", (width, 30), "teal").save(archive, form)
    return {"name": name, "mimeType": "image/x", "buffer": archive.getvalue()}


def write_exercise(page: Page) -> None:
    page.get_by_role("link", name="Add an exercise").click()
    page.get_by_label("Slug").fill("answer")
    page.get_by_label("Title", exact=True).fill("The answer")
    page.locator("textarea[data-markdown]").fill("Write it into `/root/answer`.")
    page.locator("#id_checks-0-kind").select_option("process")
    expect(page.locator("#id_checks-0-path")).to_be_hidden()
    page.locator("#id_checks-0-kind").select_option("file")
    fields = {
        "id": "right",
        "path": "root/answer",
        "equals": "42",
        "message": "It should hold 42.",
        "read": "Above.",
    }
    for name, value in (fields | {"points": "2"}).items():
        page.locator(f"#id_checks-0-{name}").fill(value)
    page.get_by_role("group", name="Hints", exact=True).get_by_role("button", name="Add").click()
    page.locator("[name^=hints-][name$=-text]").last.fill("Use `echo`.")
    page.locator("#id_solution").fill("echo 42 > /root/answer")
    page.get_by_role("group", name="Wrong", exact=True).get_by_role("button", name="Add").click()
    wrong = {"check": "rihgt", "what": "late", "script": "echo 41 > /root/answer"}
    for name, value in wrong.items():
        page.locator(f"[name^=wrong-][name$=-{name}]").last.fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Path: must be an absolute path")).to_be_visible()
    page.locator("#id_checks-0-path").fill("/root/answer")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("there is no check rihgt; known are right")).to_be_visible()
    page.locator("[name^=wrong-][name$=-check]").last.fill("right")
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


def passes_the_check_of_files(stack: RunningPlatform, folder: Path) -> None:
    """What was made in the admin is dumped with its scripts, its picture and what it asks for, all
    as files may be."""
    stack.manage("dump_lessons", str(folder))
    assert "no faults" in stack.manage("check_lessons", str(folder))
    (lesson_folder,) = folder.glob("vms-and-containers/*-made-here")
    assert "prerequisites:\n- what-is-a-container\n" in (lesson_folder / "lesson.md").read_text()
    assert (lesson_folder / "dock.png").is_file()
    assert (
        (lesson_folder / "exercises/answer/wrong/right-late.sh")
        .read_text()
        .startswith("# fails: right\n")
    )
