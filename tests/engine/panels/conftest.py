"""Give these tests a `docker` machine, typed into as a student does, and observed as panels do."""

from collections.abc import Callable, Iterator

import pytest

from panels.machine import ObservedMachine
from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import TypedMachine, docker_machine


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """One machine for all of a file; each test removes what it made."""
    with docker_machine(engine, need_image) as typed_machine:
        yield typed_machine


@pytest.fixture(scope="module")
def observed(machine: TypedMachine) -> ObservedMachine:
    return ObservedMachine(
        machine_id=machine.machine_id,
        name="box",
        container_id=machine.handle.container_id,
        machine_type=machine.kind,
        engine=machine.engine,
        user_id=1,
    )
