"""Programs that the platform runs in a machine as it is, by the engine's exec. What comes of them is no evidence: a
student is root there. Their output goes nowhere, so there is nothing to bound and nothing to log."""

import time
from collections.abc import Sequence

import docker

from sandboxes.engine.docker.client import engine_errors
from sandboxes.engine.interface import TOOLS_MOUNT
from sandboxes.errors import EngineError

BUSYBOX = f"{TOOLS_MOUNT}/busybox"
# How long the engine may take to notice that a program was killed.
GRACE_SECONDS = 10.0
POLL_SECONDS = 0.02


def exec_succeeds(api: docker.APIClient, container_id: str, *words: str) -> bool:
    """Whether one of busybox's programs ends with exit code 0. Raises EngineError."""
    with engine_errors():
        made = api.exec_create(container_id, [BUSYBOX, *words])
        api.exec_start(made["Id"])
        return bool(api.exec_inspect(made["Id"])["ExitCode"] == 0)


def run_script(api: docker.APIClient, container_id: str, argv: Sequence[str], seconds: int) -> int:
    """See SandboxEngine.run_script. The time is kept inside, so that it counts for a worker that is killed too. Nothing
    is attached: what the script leaves in the background could hold a stream open for ever."""
    made = api.exec_create(
        container_id, [BUSYBOX, "timeout", "-s", "KILL", str(seconds), *argv], stdout=False, stderr=False
    )
    api.exec_start(made["Id"], detach=True)
    deadline = time.monotonic() + seconds + GRACE_SECONDS
    while (found := api.exec_inspect(made["Id"]))["Running"]:
        if time.monotonic() > deadline:
            raise EngineError(f"a script goes on after {seconds} s")
        time.sleep(POLL_SECONDS)
    return int(found["ExitCode"])
