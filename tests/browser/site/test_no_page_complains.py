"""Every kind of page, reached by links as people reach it: no complaint in the console, nothing
against the page's policy, nothing that can't be loaded. The admin has a test of its own, with a row
in every list (test_author_admin.py)."""

import json
import re
from collections import Counter, deque
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser.content_policy import WATCH
from tests.support.browser.people import Person
from tests.support.browser.workspace import sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(900)

LINKS = "links => links.map(link => link.href)"
# Of pages that differ in what they show alone, so many are looked at. A lesson takes machines.
EACH = 2
LESSON = re.compile(r"/courses/[^/]+/[^/]+/")
MOST = {"/courses/*/*/": 1}


def kind_of(path: str) -> str:
    """Return what a page's address has in common with those that are made alike."""
    if LESSON.fullmatch(path):
        return "/courses/*/*/"
    return re.sub(r"/(\d+|[0-9a-f-]{36})/", "/*/", path)


def faults(page: Page, complaints: list[str], address: str) -> list[str]:
    """Return what is wrong with a page that was linked to."""
    complaints.clear()
    answer = page.goto(address)
    page.wait_for_load_state("load")
    status = answer.status if answer else 0
    refused = [] if status < 400 else [f"status {status}"]
    return refused + complaints + page.evaluate("window.violations")


@pytest.mark.parametrize("visitor", ["stranger", "student", "instructor"])
def test_no_page_complains(
    browser: Browser, stack: RunningPlatform, people: dict[str, Person], visitor: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    if visitor != "stranger":
        sign_in(page, stack.base_url, visitor, stack.password)
    complaints = watch_console(page)
    waiting, visited = deque(["/"]), set[str]()
    counted, wrong = Counter[str](), dict[str, list[str]]()
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        if path in visited or "sign-out" in path or counted[kind] >= MOST.get(kind, EACH):
            continue
        visited.add(path)
        counted[kind] += 1
        if what := faults(page, complaints, stack.base_url + path):
            wrong[path] = what
        for link in page.eval_on_selector_all("a[href]", LINKS):
            parts = urlsplit(urldefrag(link).url)
            if f"{parts.scheme}://{parts.netloc}" == stack.base_url:
                waiting.append(parts.path)
    context.close()
    assert not wrong, json.dumps(wrong, indent=1)
    expected = {"stranger": "/accounts/sign-up/", "student": "/accounts/profile/"}
    assert expected.get(visitor, "/admin/") in visited
