"""Scenes of an exercise in which something is predicted and then measured."""

from playwright.sync_api import Page, expect

from tests.support.browser.lesson_scenes import exercise, lesson
from tests.support.browser.scene import Cast
from tests.support.browser.workspace import COURSE, Workspace

LESSON, WEIGHS = f"{COURSE}what-is-a-container/", "what-a-container-weighs"
REFUSED = {
    "error": {
        "code": "invalid",
        "message": "That is not a number; write it in digits, as in 12 or 2.5.",
    }
}
ASKED = {"unit": "MiB", "min": 0.001, "max": 1e6, "made_at": "2026-11-27T12:00:00Z"}
CLASS = {
    "least": 5,
    "students": 43,
    "log": True,
    "edges": [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
}
# Two predictions that are measured: one with a class, one with too few of them.
COMPARED = [
    {
        **ASKED,
        "id": "memory",
        "label": (
            "How much memory does your box use, with its shell and everything that waits in it?"
        ),
        "value": 150,
        "measured": 4.31,
        "reference": 4.4,
        "class": {
            **CLASS,
            "predicted": [1, 2, 3, 6, 9, 12, 7, 2, 1],
            "measured": [0, 36, 2, 0, 0, 0, 0, 0, 0],
        },
    },
    {
        **ASKED,
        "id": "processes",
        "label": "How many processes are there in it?",
        "unit": "",
        "value": 12,
        "measured": 5,
        "reference": 5,
        "class": {
            **CLASS,
            "students": 3,
            "log": False,
            "edges": list(range(0, 21, 2)),
            "predicted": None,
            "measured": None,
        },
    },
]


def predicting(page: Page, cast: Cast) -> None:
    """What was typed can't be meant."""
    weighing = Workspace(page, cast.platform.base_url).wait_live().exercise(WEIGHS)
    page.route("**/predictions", lambda route: route.fulfill(status=422, json=REFUSED))
    weighing.get_by_label("How much memory").fill("plenty")
    weighing.get_by_role("button", name="Commit").click()
    expect(weighing.locator("[data-error]").first).to_be_visible()


def compared(page: Page, cast: Cast) -> None:
    weighing = Workspace(page, cast.platform.base_url).wait_live().exercise(WEIGHS)
    page.route("**/predictions", lambda route: route.fulfill(json={"predictions": COMPARED}))
    weighing.get_by_label("How much memory").fill("150")
    weighing.get_by_role("button", name="Commit").click()
    weighing.locator("figure summary").first.click()
    expect(weighing.locator("figure table")).to_be_visible()


PREDICT_SCENES = (
    lesson("prediction", exercise(WEIGHS, ".prediction", before=predicting), LESSON),
    lesson("prediction-measured", exercise(WEIGHS, ".prediction", before=compared), LESSON),
)
