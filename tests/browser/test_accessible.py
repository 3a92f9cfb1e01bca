"""axe-core finds no serious fault on any page that is pictured in docs/screenshots, error pages and
each state of a lesson included: by day and by night, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.availability import unavailable
from tests.support.browser.activity_scenes import ACTIVITY_SCENE
from tests.support.browser.axe import AXE, RUN, SIZES
from tests.support.browser.flow_scenes import FLOW_SCENES
from tests.support.browser.lesson_scenes import LESSON_SCENES, use_the_machine
from tests.support.browser.pages_scenes import PAGE_SCENES
from tests.support.browser.panels.browser_scenes import BROWSER_SCENES
from tests.support.browser.panels.desktop_scenes import DESKTOP_SCENES
from tests.support.browser.panels.files_scenes import FILES_SCENES
from tests.support.browser.panels.inside_and_race_scenes import INSIDE_AND_RACE_SCENES
from tests.support.browser.panels.layers_scenes import LAYERS_SCENES
from tests.support.browser.panels.map_scenes import MAP_SCENES
from tests.support.browser.people import Person
from tests.support.browser.predict_scenes import PREDICT_SCENES
from tests.support.browser.scene import Cast, Scene
from tests.support.browser.terminal_scenes import TERMINAL_SCENES
from tests.support.browser.workspace import sign_in
from tests.support.running_platform import RunningPlatform

# Each width and each scheme once: all four would take the suite three minutes more.
APPEARANCES = (("desk", "light"), ("phone", "dark"))

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def cast(stack: RunningPlatform, browser: Browser) -> Cast:
    """The people of the pictures; the student has passed one exercise and failed another."""
    if not AXE.is_file():
        unavailable("axe-core is not installed: npm ci")
    new_cast = Cast(stack)
    new_cast.appearance = "desktop-light"  # part of the names of those who sign up or leave
    context = browser.new_context(viewport=SIZES["desk"])
    context.add_cookies([new_cast.cookie_of("student")])
    use_the_machine(context.new_page(), stack.base_url)
    context.close()
    return new_cast


@pytest.fixture
def open_page(browser: Browser, cast: Cast) -> Iterator[Callable[[str], Page]]:
    """Makes the page of one of the cast. Nothing moves, so that no half-way colour is measured."""
    contexts = []

    def make(who: str) -> Page:
        # bypass_csp lets the test bring axe-core in.
        context = browser.new_context(
            viewport=SIZES["desk"], reduced_motion="reduce", bypass_csp=True
        )
        context.set_default_timeout(30_000)
        if who:
            context.add_cookies([cast.cookie_of(who.replace("*", cast.appearance))])
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def faults(page: Page) -> dict[str, Any]:
    """What is found, by look; looks without a fault are left out."""
    violations = {}
    for size, scheme in APPEARANCES:
        page.set_viewport_size({"width": SIZES[size]["width"], "height": SIZES[size]["height"]})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal, which a loop hides
        if "/admin/" in page.url:  # django-unfold takes the scheme when it loads, and no sooner
            page.reload(wait_until="networkidle")
        page.add_script_tag(path=AXE)
        violations[f"{size}, {scheme}"] = page.evaluate(RUN)
    return {appearance: what for appearance, what in violations.items() if what}


SCENES = (
    *PAGE_SCENES,
    *LESSON_SCENES,
    *TERMINAL_SCENES,
    *MAP_SCENES,
    *PREDICT_SCENES,
    *FLOW_SCENES,
    *LAYERS_SCENES,
    ACTIVITY_SCENE,
    *BROWSER_SCENES,
    *INSIDE_AND_RACE_SCENES,
    *DESKTOP_SCENES,
    *FILES_SCENES,
)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_page(scene: Scene, cast: Cast, open_page: Callable[[str], Page]) -> None:
    page = open_page(scene.who)
    with scene.around(cast.platform):
        scene.play(page, cast)
        assert faults(page) == {}


def test_a_fault_is_seen(
    stack: RunningPlatform, people: dict[str, Person], open_page: Callable[[str], Page]
) -> None:
    """The measure itself: grey on grey."""
    page = open_page("")
    sign_in(page, stack.base_url, *people["reader"])
    # As a style sheet: the catalogue brings its main part up to date by itself.
    page.add_style_tag(content="main p { color: #999; background: #888 }")
    assert len(faults(page)) == len(APPEARANCES)
