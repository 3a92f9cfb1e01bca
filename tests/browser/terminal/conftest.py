"""A lesson's page whose terminal is ready, one for each file of tests."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.browser.workspace import Workspace, watch_console


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, open_workspace: Callable[[str], Workspace]) -> Workspace:
    """One page and one machine for all tests of a file, which says whose: STUDENT."""
    return open_workspace(request.module.STUDENT)


@pytest.fixture
def lesson(desk: Workspace) -> Iterator[Workspace]:
    """The page with an empty screen and the keyboard in the terminal.

    A test fails when the page complains.
    """
    complaints = watch_console(desk.page)
    desk.page.bring_to_front()
    desk.clear()
    yield desk
    assert complaints == []
