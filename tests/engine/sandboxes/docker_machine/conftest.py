"""Give these tests a `docker` machine, typed into as a student does."""

from collections.abc import Callable, Iterator

import pytest

from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import TypedMachine, docker_machine


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """One machine for all of a file; each test removes what it made."""
    with docker_machine(engine, need_image) as typed_machine:
        yield typed_machine
