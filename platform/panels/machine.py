"""Look at one machine for panels."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from panels.errors import PanelRefused, TooMuchSaid
from panels.untrusted import text
from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import AnswerTooLong
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.docker import ENGINE_SOCKETS

# Of one answer: a list of 200 containers takes 400,000 bytes.
ANSWER_BYTES = 4 * machine_http.MAX_BODY


class EngineSession:
    """Ask a machine's Docker engine several things on one connection."""

    def __init__(self, session: machine_http.HttpSession) -> None:
        self._session = session

    def ask(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
    ) -> Any:
        """Ask for a path, and return the answer's JSON; None for an empty answer.

        Raises PanelRefused with the engine's own words when it refuses, PanelUnavailable when it
        says too much, EngineError when nothing answers.
        """
        response = self.ask_raw(path, query, method=method, body=body)
        return response.json() if response.body.strip() else None

    def ask_raw(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
    ) -> machine_http.HttpResponse:
        """Ask for a path, and return the answer, whatever it is. Raises what ask() raises."""
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            response = self._session.ask(method, target, body)
        except AnswerTooLong:
            raise TooMuchSaid(
                _("The machine's Docker engine says more than can be shown.")
            ) from None
        if response.status >= 400:
            raise PanelRefused(message_of(response))
        return response


@dataclass(frozen=True)
class ObservedMachine:
    """Hold a machine that panels look at, with the engine that runs it.

    `accelerator` is what runs its guests, "" for a machine without.
    """

    machine_id: str
    name: str
    container_id: str
    machine_type: MachineType
    engine: SandboxEngine
    user_id: int
    accelerator: str = ""

    @contextmanager
    def docker_session(
        self, *, seconds: float = 5.0, max_bytes: int = ANSWER_BYTES
    ) -> Iterator[EngineSession]:
        """Have a connection to the machine's own Docker engine for the block.

        `seconds` are for everything that is asked on it, `max_bytes` for each answer. Raises
        PanelRefused where the machine has no engine, EngineError when nothing answers.
        """
        if not self.machine_type.has_engine:
            raise PanelRefused(_("This machine has no Docker engine."))
        deadline = time.monotonic() + seconds
        connection = self.engine.open_connection(self.container_id, ENGINE_SOCKETS)
        try:
            remaining = deadline - time.monotonic()
            session = machine_http.HttpSession(connection, seconds=remaining, max_bytes=max_bytes)
            yield EngineSession(session)
        finally:
            connection.close()

    @contextmanager
    def docker_body(self, path: str, *, seconds: float) -> Iterator[Callable[[], bytes]]:
        """Have what reads an answer of the Docker engine piece by piece, b"" at its end.

        Raises EngineError, as reading does.
        """
        with machine_http.open_body(
            self.engine, self.container_id, ENGINE_SOCKETS, path, seconds=seconds
        ) as read:
            yield read

    def ask_docker(
        self, path: str, *, method: str = "GET", body: Any = None, seconds: float = 5.0
    ) -> Any:
        """Ask the machine's own Docker engine for a single thing, and return its JSON.

        Raises what EngineSession.ask() and docker_session() raise.
        """
        with self.docker_session(seconds=seconds) as docker:
            return docker.ask(path, method=method, body=body)


def message_of(response: machine_http.HttpResponse) -> str:
    """Return what an engine says of its refusal, cut to a length."""
    try:
        message = json.loads(response.body)["message"]
    except (ValueError, TypeError, KeyError, RecursionError):
        message = ""
    return text(message, 500) or f"The engine answered {response.status}."
