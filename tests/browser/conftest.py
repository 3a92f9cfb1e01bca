"""People for the browser tests, and a page that serves a whole file of them."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.browser.people import PASSWORD, Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.fixtures.curriculum import edit, lessons, loaded  # noqa: F401
from tests.support.running_platform import RunningPlatform

# One for each file of tests, so that none meets another's machine or points.
USERNAMES = (
    "worker",
    "outsider",
    "typist",
    "sleeper",
    "holder",
    "guest",
    "reader",
    "sailor",
    "prophet",
    "runner",
    "clipper",
    "leaver",
    "twin",
    "tapper",
    "juggler",
)
# More, of whom each try of a test that needs somebody who has done nothing yet takes one.
NEWCOMERS = tuple(f"newcomer-{number}" for number in range(120))
MAKE_STUDENTS = """
import json
from django.contrib.auth.hashers import make_password
from accounts.models import User
password = make_password({password!r})
for name in json.loads({names!r}):
    User.objects.filter(username=name).delete()
    User.objects.create(username=name, password=password)
"""


@pytest.fixture(scope="session")
def people(whole_platform: RunningPlatform) -> dict[str, Person]:
    """The students, by user name."""
    names = (*USERNAMES, *NEWCOMERS)
    script = MAKE_STUDENTS.format(names=json.dumps(names), password=PASSWORD)
    whole_platform.manage("shell", "--no-imports", "-c", script)
    return {name: Person(name, PASSWORD) for name in names}


@pytest.fixture(scope="session")
def _newcomers(people: dict[str, Person]) -> Iterator[Person]:
    return iter([people[name] for name in NEWCOMERS])


@pytest.fixture
def newcomer(_newcomers: Iterator[Person]) -> Person:
    """A student who has done nothing yet, also when the test is tried again."""
    return next(_newcomers)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for a whole file of tests, with leave to use the clipboard."""
    browser_context = browser.new_context(viewport={"width": 1280, "height": 800})
    browser_context.set_default_timeout(20_000)
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield browser_context
    browser_context.close()


@pytest.fixture(scope="module")
def open_workspace(
    context: BrowserContext, stack: RunningPlatform, people: dict[str, Person]
) -> Callable[[str], Workspace]:
    """Makes a page on which somebody is signed in and the lesson's terminal is ready."""

    def make(username: str) -> Workspace:
        page = context.new_page()
        sign_in(page, stack.base_url, *people[username])
        return Workspace(page, stack.base_url).open()

    return make
