"""A lesson with two machines has a tab and a terminal for each, by mouse and by keys; blocks go
where they belong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import PATIENCE_MS, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

MAKE = """
from curriculum.authoring.service import publish, save_course_spec, save_lesson_spec
from curriculum.models import Course
from curriculum.schema.specs import CourseSpec, LessonSpec
body = "On the left:\\n\\n```bash run=left\\necho port-$(hostname)\\n```\\n\\nOn the right:\\n\\n"
body += "```bash run=right\\necho starboard-$(hostname)\\n```"
machines = [{"name": "left", "kind": "linux"}, {"name": "right", "kind": "linux"}]
course = Course.objects.filter(slug="pairs").first()
course = course or save_course_spec(spec=CourseSpec(slug="pairs", title="Pairs"))
if not course.lessons.exists():
    spec = LessonSpec(slug="two", title="Two machines", minutes=5, body=body, machines=machines)
    publish(lesson=save_lesson_spec(course=course, spec=spec), draft=False)
Course.objects.filter(slug="pairs").update(archived=False)
"""
HIDE = (
    "from curriculum.models import Course;"
    " Course.objects.filter(slug='pairs').update(archived=True)"
)


@pytest.fixture
def lesson(
    stack: RunningPlatform, new_page: Callable[..., Page], people: dict[str, Person]
) -> Page:
    """The lesson, with both machines running; gone from the catalogue when the test is over."""
    stack.manage("shell", "--no-imports", "-c", MAKE)
    page = new_page()
    sign_in(page, stack.base_url, *people["sailor"])
    page.goto(f"{stack.base_url}/courses/pairs/two/")
    for name in ("left", "right"):
        expect(page.locator(f"[data-machine={name}]")).to_have_attribute(
            "data-state", "live", timeout=2 * PATIENCE_MS
        )
    stack.manage("shell", "--no-imports", "-c", HIDE)
    return page


def wait_line(page: Page, machine: str, line: str) -> None:
    page.wait_for_function(
        "([machine, line]) => drydock.text(machine).split('\\n').includes(line)",
        arg=[machine, line],
    )


def test_a_tab_each(lesson: Page) -> None:
    complaints = watch_console(lesson)
    left, right = (lesson.get_by_role("tab", name=name) for name in ("left", "right"))
    expect(left).to_have_attribute("aria-selected", "true")
    expect(lesson.locator("[data-machine=right]")).to_be_hidden()
    lesson.get_by_role("button", name="Run: echo starboard-$(hostname)").click()
    expect(right).to_have_attribute("aria-selected", "true")
    wait_line(lesson, "right", "starboard-right")
    right.focus()
    lesson.keyboard.press("ArrowRight")
    expect(left).to_be_focused()
    expect(lesson.locator("[data-machine=left]")).to_be_visible()
    expect(lesson.locator("[data-machine=right]")).to_be_hidden()
    lesson.keyboard.press("F6")
    lesson.keyboard.press("F6")
    expect(lesson.locator("[data-machine=left] .xterm-helper-textarea")).to_be_focused()
    lesson.keyboard.type("echo port-$(hostname)\n")
    wait_line(lesson, "left", "port-left")
    assert "port-left" not in lesson.evaluate("drydock.text('right')")
    assert complaints == []
