"""A quiz in the browser: with the mouse, with the keyboard alone, on a phone; what was answered is
there afterwards."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.pages import PHONE, STICKS_OUT
from tests.support.browser.people import Person
from tests.support.browser.workspace import COURSE, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)

LESSON = f"{COURSE}what-is-a-virtual-machine/"
SWITCHED_ON = ["the firmware", "the boot loader", "the kernel", "the init system", "your program"]
PARTS = {
    "The processor": "used directly, with stops",
    "The memory": "lent, addresses translated",
    "The disk": "answered for by a program",
    "The network card": "answered for by a program",
}
EVIDENCE = ["has the flag hypervisor", "says QEMU", "called virtio0"]

OpenQuiz = Callable[..., Locator]


@pytest.fixture
def open_quiz(stack: RunningPlatform, newcomer: Person, new_page: Callable[..., Page]) -> OpenQuiz:
    """The quiz on a fresh page of somebody who never answered it."""

    def make(**options: object) -> Locator:
        page = new_page(**options)
        sign_in(page, stack.base_url, *newcomer)
        page.goto(stack.base_url + LESSON)
        return quiz_on(page)

    return make


def quiz_on(page: Page) -> Locator:
    quiz = page.locator("[data-exercise=taken-apart]")
    expect(quiz.get_by_role("group", name="You type")).to_be_visible()
    return quiz


def question(quiz: Locator, name: str) -> Locator:
    return quiz.get_by_role("group", name=name)


def order_of(quiz: Locator) -> list[str]:
    return question(quiz, "switched on").locator(".order__text").all_inner_texts()


def move_up(quiz: Locator, item: str) -> Locator:
    return question(quiz, "switched on").get_by_role("button", name=f"Move up {item}")


def check(quiz: Locator) -> None:
    quiz.get_by_role("button", name="Check").click()


def feedback_of(quiz: Locator, name: str) -> Locator:
    return question(quiz, name).locator("[data-feedback]")


def test_with_the_mouse(open_quiz: OpenQuiz) -> None:
    quiz = open_quiz()
    page = quiz.page
    question(quiz, "You type").get_by_label("64M").click()
    first, last = (question(quiz, "switched on").locator("[data-item]").nth(at) for at in (0, 4))
    before = order_of(quiz)
    first.drag_to(last, target_position={"x": 20, "y": 35})
    assert order_of(quiz) == [*before[1:], before[0]]
    question(quiz, "Twenty guests").get_by_label("Your answer").fill("much")
    check(quiz)
    expect(feedback_of(quiz, "Twenty guests")).to_contain_text(
        "Please answer this one again: that is not a number"
    )
    expect(question(quiz, "Twenty guests").get_by_label("Your answer")).to_be_focused()
    question(quiz, "Twenty guests").get_by_label("Your answer").fill("16.1")
    question(quiz, "Twenty guests").get_by_label("Unit").select_option("GB")
    check(quiz)
    expect(quiz.locator("[data-status]")).to_have_text(
        re.compile(r"^1 of 6 questions right, \d+ of 14 points\.$")
    )
    expect(question(quiz, "You type").locator("[data-option-feedback]:visible")).to_contain_text(
        "That is its length"
    )
    expect(feedback_of(quiz, "Twenty guests")).to_contain_text("20 × 768 MiB")
    expect(feedback_of(quiz, "what is it called")).to_contain_text("Not answered")
    expect(quiz).not_to_contain_text("golden")

    page.reload()
    quiz = quiz_on(page)
    expect(question(quiz, "You type").get_by_label("64M")).to_be_checked()
    expect(question(quiz, "Twenty guests").get_by_label("Your answer")).to_have_value("16.1")
    expect(question(quiz, "Twenty guests").get_by_label("Unit")).to_have_value("GB")
    assert order_of(quiz) == [*before[1:], before[0]]
    expect(feedback_of(quiz, "You type")).to_contain_text("Not right yet")
    expect(quiz.locator("[data-score]")).to_contain_text("1 attempt")


def test_with_the_keyboard_alone(open_quiz: OpenQuiz) -> None:
    quiz = open_quiz()
    page = quiz.page
    complaints = watch_console(page)
    question(quiz, "You type").get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(3):  # the arrows go round
        if question(quiz, "You type").get_by_label("0", exact=True).is_checked():
            break
        page.keyboard.press("ArrowDown")
    for part, answer in PARTS.items():
        question(quiz, "A hypervisor").get_by_label(part).focus()
        page.keyboard.type(answer)
    for text in EVIDENCE:
        question(quiz, "You are inside").get_by_label(text).focus()
        page.keyboard.press("Space")
    for place, item in enumerate(SWITCHED_ON):
        move_up(quiz, item).focus()
        while order_of(quiz).index(item) > place:
            page.keyboard.press("Enter")
            expect(move_up(quiz, item)).to_be_focused()
            expect(page.locator("#announce")).to_have_text(
                f"Now at place {order_of(quiz).index(item) + 1} of 5."
            )
    question(quiz, "Twenty guests").get_by_label("Your answer").focus()
    page.keyboard.type("15360 MiB")
    question(quiz, "what is it called").get_by_label("Your answer").focus()
    page.keyboard.type(" the GOLDEN image")
    quiz.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    expect(quiz.locator("[data-status]")).to_have_text("Passed, 14 of 14 points.")
    expect(page.locator("#announce")).to_have_text("Passed, 14 of 14 points.")
    expect(quiz.get_by_role("button", name="Check")).to_be_focused()
    expect(page.locator("[data-progress]")).to_contain_text(re.compile(r"1 of \d exercises passed"))
    expect(
        question(quiz, "You type").locator(".option[data-wrong], .option[data-right]")
    ).to_have_count(1)
    expect(feedback_of(quiz, "what is it called")).to_contain_text("Right")
    question(quiz, "You type").get_by_label("64M").check()
    expect(question(quiz, "You type")).to_have_attribute("data-result", "stale")
    assert complaints == []


def test_on_a_phone(open_quiz: OpenQuiz) -> None:
    quiz = open_quiz(viewport=PHONE, is_mobile=True, has_touch=True)
    page = quiz.page
    for label in question(quiz, "You are inside").locator(".option__label").all():
        label.tap()
    item = order_of(quiz)[2]
    move_up(quiz, item).tap()
    assert order_of(quiz)[1] == item
    quiz.get_by_role("button", name="Check").tap()
    expect(feedback_of(quiz, "You are inside")).to_contain_text("Partly right")
    assert page.evaluate(STICKS_OUT) == []
    small = (
        "elements => elements.filter(one => one.getBoundingClientRect().height < 40).map(one =>"
        " one.outerHTML)"
    )
    touched = ".option__label, .order__button, .question__input"
    assert quiz.locator(touched).evaluate_all(small) == []
