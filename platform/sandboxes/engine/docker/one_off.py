"""Runs one of the platform's own programs in a container by itself, to see whether it works on this engine."""

from collections.abc import Sequence
from typing import Any

import docker
import requests

from sandboxes.engine.docker.client import already_done
from sandboxes.engine.docker.snapshots import LABEL_SNAPSHOT
from sandboxes.engine.interface import SmokeTestResult
from sandboxes.errors import EngineError

SAID_MAX = 500  # characters


def smoke_test(
    api: docker.APIClient,
    image: str,
    command: Sequence[str],
    *,
    labels: dict[str, str],
    host_config: dict[str, Any],
    seconds: float,
) -> SmokeTestResult:
    """See SandboxEngine.smoke_test. What a killed worker leaves behind counts as a probe's, which the reaper removes."""
    made = api.create_container(
        image, entrypoint=list(command), command=[], labels={**labels, LABEL_SNAPSHOT: "trial"}, host_config=host_config
    )
    container = str(made["Id"])
    try:
        api.start(container)
        return SmokeTestResult(_exit_code(api, container, seconds), _said(api, container))
    finally:
        with already_done():
            api.remove_container(container, force=True, v=True)


def _exit_code(api: docker.APIClient, container: str, seconds: float) -> int:
    try:
        return int(api.wait(container, timeout=int(seconds))["StatusCode"])
    except requests.RequestException as error:  # the SDK's way to say that it waited for long enough
        raise EngineError(f"it did not end within {seconds:g} s: {_said(api, container)}") from error


def _said(api: docker.APIClient, container: str) -> str:
    log: bytes = api.logs(container, tail=5)
    return " ".join(log.decode(errors="replace").split())[-SAID_MAX:]
