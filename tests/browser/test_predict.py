"""Predict, then measure, as a student does it: say a number, measure in the machine, see both
beside the class."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.predict_scenes import LESSON, WEIGHS
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(240)

# Short lines, which the terminal does not break. The kernel's account lies in one of two places.
MEASURE = (
    "cd; ls -d /proc/[0-9]* | wc -l > processes",
    "cd /sys/fs/cgroup; ls -d memory && cd memory",
    "cat memory.cur* *ry.usage_in_b* > ~/used",
    "grep inactive_file memory.stat > ~/idle",
    "cd; read name idle <<< $(tail -n 1 idle)",
    "echo $(($(cat used) - idle)) B > memory",
)
# So that the test can be run again.
AFRESH = """
from curriculum.models import Exercise
from grading.models import Score
exercise = Exercise.objects.get(slug="what-a-container-weighs")
exercise.predictions.all().delete()
exercise.submissions.all().delete()
Score.objects.filter(exercise=exercise).delete()
"""
# Six more students, of whom all have predicted and measured.
CLASS = """
from django.utils import timezone
from accounts.models import User
from curriculum.models import Exercise
from grading.models import Prediction
exercise = Exercise.objects.get(slug="what-a-container-weighs")
for number in range(6):
    user, _ = User.objects.get_or_create(username=f"mate-{number}")
    said, found = 2.0 ** (20 + number), 4e6 + number * 1e5
    numbers = {"value": said, "measured": found, "reference": found, "made_at": timezone.now()}
    Prediction.objects.get_or_create(user=user, exercise=exercise, key="memory", defaults=numbers)
"""


def test_predict_measure_compare(
    stack: RunningPlatform, page: Page, people: dict[str, Person]
) -> None:
    stack.manage("shell", "--no-imports", "-c", AFRESH)
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *people["prophet"])
    page.goto(stack.base_url + LESSON)
    lesson = Workspace(page, stack.base_url).wait_live()
    exercise = lesson.exercise(WEIGHS)
    check_is_refused(exercise)
    commit(exercise)
    page.reload()
    lesson.wait_live()
    expect(exercise.locator("[data-predicted]")).to_have_text(["150\u00a0MiB", "40"])
    expect(exercise.locator("input")).to_have_count(2)
    expect(exercise.locator("input").first).to_be_hidden()
    lesson.focus()
    for line in MEASURE:
        lesson.do(line)
    expect(lesson.check(WEIGHS)).to_have_text("Passed, 3 of 3 points.")
    compare_alone(exercise)
    stack.manage("shell", "--no-imports", "-c", CLASS)
    page.reload()
    compare_with_the_class(exercise)
    assert [
        complaint for complaint in complaints if "409" not in complaint and "422" not in complaint
    ] == []


def check_is_refused(exercise: Locator) -> None:
    """Kindly, and with the keyboard where it is needed."""
    exercise.get_by_role("button", name="Check").click()
    expect(exercise.locator("[data-status]")).to_contain_text("Predict first")
    expect(exercise.get_by_label("How much memory")).to_be_focused()
    expect(exercise.locator("[data-score]")).to_have_text("3 points")


def commit(exercise: Locator) -> None:
    """By keyboard alone; what is no number is told at its field."""
    page = exercise.page
    page.keyboard.type("plenty")
    page.keyboard.press("Enter")
    first = exercise.get_by_label("How much memory")
    expect(first).to_have_attribute("aria-invalid", "true")
    expect(exercise.locator("[data-error]").first).to_contain_text("not a number")
    expect(first).to_be_focused()
    first.fill("150")
    page.keyboard.press("Tab")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    expect(exercise.locator("[data-committed]")).to_be_focused()


def compare_alone(exercise: Locator) -> None:
    """With fewer than five students, one's own numbers only."""
    figures = exercise.locator("figure")
    expect(figures).to_have_count(2)
    numbers = figures.first.locator("dd")
    expect(numbers).to_have_count(3)
    expect(numbers.first).to_have_text("150\u00a0MiB")
    expect(figures.first).to_contain_text("You predicted")
    expect(figures.first).to_contain_text(
        "Others' numbers are shown once 5 students have predicted"
    )
    expect(figures.first.locator("rect.plot__bar")).to_have_count(0)
    expect(figures.first.get_by_role("img", name="How much memory")).to_be_visible()


def compare_with_the_class(exercise: Locator) -> None:
    figure = exercise.locator("figure").first
    expect(figure).to_contain_text("7 students have predicted so far.")
    assert figure.locator("rect.plot__bar--predicted").count() > 3
    summary = figure.locator("summary")
    summary.focus()
    exercise.page.keyboard.press("Enter")
    counts = figure.locator("tbody tr td:nth-of-type(1)")
    expect(counts.first).to_be_visible()
    assert sum(int(text) for text in counts.all_inner_texts()) == 7
