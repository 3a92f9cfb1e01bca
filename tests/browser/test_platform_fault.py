"""A check that the platform can't finish: each checker is killed by the host as soon as it runs, as an out-of-memory
killer would. The page says so, nothing counts, and trying again when the fault is over gives the result."""

import contextlib
from collections.abc import Iterator
from threading import Thread

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.workspace import Workspace, sign_in
from tests.running import RunningPlatform

pytestmark = pytest.mark.timeout(180)

EXERCISE = "who-is"  # looks at what a command prints, so a checker runs


@contextlib.contextmanager
def checkers_are_killed(client: docker.DockerClient, installation: str) -> Iterator[list[str]]:
    """No checker of the platform lives meanwhile; gives the ids of those that were killed."""
    killed: list[str] = []
    mine = {"label": [f"drydock.installation={installation}", "drydock.snapshot"], "event": "start"}
    starts = client.events(decode=True, filters=mine)

    def kill() -> None:
        for event in starts:
            with contextlib.suppress(docker.errors.APIError):  # it ended by itself
                client.api.kill(event["id"])
                killed.append(event["id"])

    thread = Thread(target=kill)
    thread.start()
    yield killed
    starts.close()
    thread.join()


def test_a_killed_checker_grades_nothing_and_the_next_try_does(
    stack: RunningPlatform, page: Page, newcomer: Person, docker_client: docker.DockerClient
) -> None:
    sign_in(page, stack.base_url, *newcomer)
    lesson = Workspace(page, stack.base_url).open()
    exercise = lesson.exercise(EXERCISE)
    status, score = exercise.locator("[data-status]"), exercise.locator("[data-score]")
    before = score.inner_text()
    with checkers_are_killed(docker_client, stack.installation) as killed:
        exercise.get_by_role("button", name="Check").click()
        again = exercise.get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        expect(status).to_have_attribute("data-tone", "warn")
        expect(status).to_contain_text("does not count")
        assert killed
    expect(score).to_have_text(before)
    expect(exercise.locator(".result")).to_have_count(0)
    again.click()
    expect(status).to_contain_text("checks passed, 0 of 4 points.")
    expect(score).to_have_text("0 of 4 points · 1 attempt")
