"""Give these tests a `docker` machine, typed into as a student does."""

from collections.abc import Callable, Iterator

import pytest

from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import TypedMachine, start_typed


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """One machine for all of a file; each test removes what it made."""
    need_image("docker")
    typed_machine = start_typed(engine, "docker")
    yield typed_machine
    typed_machine.typist.close()
    engine.remove_machine(typed_machine.machine_id)
