"""Stand in for a machine's own Docker engine: a script says what it answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import h11

from panels.machine import ObservedMachine
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.machine_types.registry import machine_type
from tests.support.machines import machine_on

# Bytes are a body as it is, a Refusal is one, nothing comes for SILENT; other values are JSON.
Answer = Any
SILENT = object()


@dataclass(frozen=True)
class Refusal:
    """Refuse a request with words."""

    status: int
    message: str = ""


NOTHING = Refusal(404, "page not found")


class ScriptedConnection:
    """Answer the requests of one connection."""

    def __init__(self, answer: Callable[[str, str], Answer]) -> None:
        self._http = h11.Connection(h11.SERVER)
        self._answer = answer
        self._output = b""

    def send(self, data: bytes) -> None:
        self._http.receive_data(data)
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                method, target = event.method.decode(), event.target.decode()
            elif isinstance(event, h11.EndOfMessage):
                self._reply(self._answer(method, target))
            elif event is h11.NEED_DATA or event is h11.PAUSED:
                return

    def _reply(self, answer: Answer) -> None:
        if answer is SILENT:
            return
        status, body = 200, answer
        if isinstance(answer, Refusal):
            status, body = answer.status, json.dumps({"message": answer.message}).encode()
        elif not isinstance(answer, bytes):
            body = json.dumps(answer).encode()
        head = h11.Response(status_code=status, headers=[("Content-Length", str(len(body)))])
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self._output += self._http.send(event) or b""
        self._http.start_next_cycle()

    def receive(self, seconds: float) -> bytes:
        output, self._output = self._output, b""
        if not output:
            raise TimeoutError
        return output

    def close(self) -> None:
        self._output = b""


class ScriptedEngine(FakeEngine):
    """Run machines whose Docker engine answers from `docker`, by path or by method and path.

    A path that stands there without its query answers with any. `requests` are what was asked, by
    method and target.
    """

    def __init__(self, docker: Mapping[str, Answer]) -> None:
        super().__init__()
        self.docker = dict(docker)
        self.requests: list[tuple[str, str]] = []

    def open_connection(
        self, container_id: str, socket: str, *, wait_seconds: float = 0.0
    ) -> ScriptedConnection:
        self.find(container_id)
        return ScriptedConnection(self._answer)

    def _answer(self, method: str, target: str) -> Answer:
        self.requests.append((method, unquote(target)))
        path = unquote(urlsplit(target).path)
        keys = (f"{method} {unquote(target)}", unquote(target), f"{method} {path}", path)
        answer = next((self.docker[key] for key in keys if key in self.docker), NOTHING)
        return answer() if callable(answer) else answer


def scripted_machine(docker: Mapping[str, Answer], kind: str = "docker") -> ObservedMachine:
    """Observe a machine whose Docker engine answers from a script."""
    engine = ScriptedEngine(docker)
    handle = machine_on(engine, kind=kind, image="sha256:linux-1")
    return ObservedMachine("m", "box", handle.container_id, machine_type(kind), engine, 1)


def requests_of(machine: ObservedMachine) -> list[tuple[str, str]]:
    """Return what the engine of a scripted machine was asked, by method and target."""
    assert isinstance(machine.engine, ScriptedEngine)
    return machine.engine.requests
