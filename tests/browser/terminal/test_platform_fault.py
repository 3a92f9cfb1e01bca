"""Let the platform lose each checker as soon as it is there.

The page says so, nothing counts, and trying again when the fault is over gives the result.
"""

import contextlib
from collections.abc import Iterator
from functools import partial
from threading import Thread

import docker
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.running_platform import RunningPlatform
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(180)

PATIENCE_SECONDS = 20
TRIES = 4
EXERCISE = "who-is"  # looks at what a command prints, so a checker runs


@contextlib.contextmanager
def checkers_vanish(client: docker.DockerClient, installation: str) -> Iterator[list[str]]:
    """Take every checker away as soon as it is made; yield the ids of those it was tried on.

    It begins with the making, because a checker that runs is done before anybody could act.
    """
    removed: list[str] = []
    filters = {
        "label": [f"drydock.installation={installation}", "drydock.snapshot"],
        "event": "create",
    }
    events = client.events(decode=True, filters=filters)

    def remove() -> None:
        for event in events:
            # Noted first: when the platform clears the lost checker away before the engine has
            # answered here, the answer is an error although this is what took it away.
            removed.append(event["id"])
            with contextlib.suppress(docker.errors.APIError):
                client.api.remove_container(event["id"], force=True)

    thread = Thread(target=remove, daemon=True)
    thread.start()
    try:
        yield removed
    finally:
        events.close()
        thread.join(PATIENCE_SECONDS)


def is_answered(again: Locator, score: Locator, before: str) -> bool:
    """Whether a press of *Check* has come to nothing, or counts."""
    return again.is_visible() or score.inner_text() != before


def test_a_lost_checker_grades_nothing_and_the_next_try_does(
    stack: RunningPlatform, page: Page, newcomer: Person, docker_client: docker.DockerClient
) -> None:
    sign_in(page, stack.base_url, *newcomer)
    lesson = Workspace(page, stack.base_url).open()
    exercise = lesson.exercise(EXERCISE)
    status, score = exercise.locator("[data-status]"), exercise.locator("[data-score]")
    check = exercise.get_by_role("button", name="Check")
    again = exercise.get_by_role("button", name="Try again")
    with checkers_vanish(docker_client, stack.installation) as removed:
        # On a busy host a checker may be done before it can be taken away: then that press is
        # graded as any other, and the next one is tried.
        attempts = 0
        while not again.is_visible() and attempts < TRIES:
            before = score.inner_text()
            check.click()
            wait_until(partial(is_answered, again, score, before), seconds=PATIENCE_SECONDS)
            attempts += score.inner_text() != before
        expect(again).to_be_visible()
        expect(status).to_have_attribute("data-tone", "warn")
        expect(status).to_contain_text("does not count")
        assert removed
    expect(score).to_have_text(before)
    if not attempts:
        expect(exercise.locator(".result")).to_have_count(0)
    again.click()
    expect(status).to_contain_text("checks passed, 0 of 4 points.")
    counted = "1 attempt" if attempts == 0 else f"{attempts + 1} attempts"
    expect(score).to_have_text(f"0 of 4 points · {counted}")
