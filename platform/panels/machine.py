"""Look at one machine for panels."""

import json
from dataclasses import dataclass
from typing import Any

from panels.errors import PanelRefused
from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.docker import DOCKER_SOCKET


@dataclass(frozen=True)
class ObservedMachine:
    """Hold a machine that panels look at, with the engine that runs it."""

    machine_id: str
    name: str
    container_id: str
    machine_type: MachineType
    engine: SandboxEngine
    user_id: int

    def ask_docker(
        self, path: str, *, method: str = "GET", body: Any = None, seconds: float = 5.0
    ) -> Any:
        """Ask the machine's own Docker engine, and return its JSON; None for an empty answer.

        Raises PanelRefused with the engine's own words when it refuses, EngineError when nothing
        answers, or not in time.
        """
        if not self.machine_type.has_engine:
            raise PanelRefused("This machine has no Docker engine.")
        response = machine_http.request(
            self.engine,
            self.container_id,
            DOCKER_SOCKET,
            path,
            method=method,
            json_body=body,
            seconds=seconds,
            max_bytes=4 * machine_http.MAX_BODY,
        )
        if response.status >= 400:
            raise PanelRefused(message_of(response))
        return response.json() if response.body.strip() else None


def message_of(response: machine_http.HttpResponse) -> str:
    """Return what an engine says of its refusal, cut to a length."""
    try:
        message = json.loads(response.body)["message"]
    except (ValueError, TypeError, KeyError, RecursionError):
        message = ""
    return str(message)[:500] or f"The engine answered {response.status}."
