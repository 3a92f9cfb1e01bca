"""Let the platform lose each checker as soon as it is there.

The page says so, nothing counts, and trying again when the fault is over gives the result.
"""

import contextlib
from collections.abc import Iterator
from threading import Thread

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(180)

PATIENCE_SECONDS = 20
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


def test_a_lost_checker_grades_nothing_and_the_next_try_does(
    stack: RunningPlatform, page: Page, newcomer: Person, docker_client: docker.DockerClient
) -> None:
    sign_in(page, stack.base_url, *newcomer)
    lesson = Workspace(page, stack.base_url).open()
    exercise = lesson.exercise(EXERCISE)
    status, score = exercise.locator("[data-status]"), exercise.locator("[data-score]")
    before = score.inner_text()
    with checkers_vanish(docker_client, stack.installation) as removed:
        exercise.get_by_role("button", name="Check").click()
        again = exercise.get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        expect(status).to_have_attribute("data-tone", "warn")
        expect(status).to_contain_text("does not count")
        assert removed
    expect(score).to_have_text(before)
    expect(exercise.locator(".result")).to_have_count(0)
    again.click()
    expect(status).to_contain_text("checks passed, 0 of 4 points.")
    expect(score).to_have_text("0 of 4 points · 1 attempt")
