"""Run the platform's programs in a machine as it is, by the engine's exec.

What comes of them is no evidence: a student is root there. Their output goes nowhere, so there is
nothing to bound and nothing to log.
"""

from collections.abc import Sequence
from typing import Any

import docker

from core.waiting import wait_until
from sandboxes.engine.docker.client import engine_errors
from sandboxes.engine.machine_paths import BUSYBOX
from sandboxes.errors import EngineError

# How long the engine may take to notice that a program was killed.
GRACE_SECONDS = 10.0
POLL_SECONDS = 0.02


def exec_succeeds(api: docker.APIClient, container_id: str, *argv: str) -> bool:
    """Whether one of busybox's programs ends with exit code 0. Raises EngineError."""
    with engine_errors():
        created = api.exec_create(container_id, [BUSYBOX, *argv])
        api.exec_start(created["Id"])
        return bool(api.exec_inspect(created["Id"])["ExitCode"] == 0)


def run_script(api: docker.APIClient, container_id: str, argv: Sequence[str], seconds: int) -> int:
    """Run a program and return its exit code. See MachineRuntime.run_script.

    The time is measured inside, so that it counts for a worker that is killed too. Nothing is
    attached: what the script leaves in the background could hold a stream open for ever.
    """
    command = [BUSYBOX, "timeout", "-s", "KILL", str(seconds), *argv]
    created = api.exec_create(container_id, command, stdout=False, stderr=False)
    api.exec_start(created["Id"], detach=True)

    def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = api.exec_inspect(created["Id"])
        return None if state["Running"] else state

    state = wait_until(ended, seconds=seconds + GRACE_SECONDS, poll_seconds=POLL_SECONDS)
    if state is None:
        raise EngineError(f"a script goes on after {seconds} s")
    return int(state["ExitCode"])
