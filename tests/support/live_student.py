"""A student of a running platform, over HTTP and websocket, for tests and benchmarks that need no browser."""

import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from bench.wire import Wire, WireClosed

LESSON = "vms-and-containers/your-first-container"
# For what is done in a moment on a machine that is not loaded. Conditions end a wait, not the clock.
PATIENCE_SECONDS = 30


# What a shell says about colours and modes, which is no part of a command's output (ECMA-48, 5.4: CSI).
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")

Probed = TypeVar("Probed")


def wait_for(probe: Callable[[], Probed | None], what: str, seconds: float = 60) -> Probed:
    """Call `probe` until it returns something true; a connection that is refused counts as not yet."""
    end, last = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            if value := probe():
                return value
        except (OSError, requests.RequestException, WireClosed, AssertionError) as error:
            last = str(error)
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s: {last or 'not yet'}")


class LiveStudent:
    """Somebody signed in at `base_url` ("http://127.0.0.1:PORT")."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        page = self.http.get(f"{base_url}/accounts/sign-in/", timeout=20)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found, "the sign-in page has no form"
        form = {"username": username, "password": password, "csrfmiddlewaretoken": found[1]}
        answer = self.http.post(f"{base_url}/accounts/sign-in/", data=form, timeout=20, allow_redirects=False)
        assert answer.status_code == 302, f"sign-in of {username} answered {answer.status_code}"

    @property
    def port(self) -> int:
        return int(self.base_url.rsplit(":", 1)[1])

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """One API call, with the CSRF token."""
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken", ""), "Referer": self.base_url}
        return self.http.request(method, f"{self.base_url}/api{path}", json=body, headers=headers, timeout=30)

    def request_sandbox(self, lesson: str = LESSON) -> dict[str, Any]:
        answer = self.call("POST", "/sandboxes", {"lesson": lesson})
        assert answer.status_code in (200, 201, 202), answer.text
        return dict(answer.json())

    def sandbox(self, sandbox_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/sandboxes/{sandbox_id}").json())

    def ready_sandbox(self, lesson: str = LESSON, seconds: float = 60) -> dict[str, Any]:
        """Ask for the lesson's sandbox and wait until it is ready."""
        sandbox_id = self.request_sandbox(lesson)["id"]

        def ready() -> dict[str, Any]:
            now = self.sandbox(sandbox_id)
            assert now["state"] == "ready", f"it is {now['state']}, queue {now['queue']}: {now['reason']}"
            return now

        return wait_for(ready, "a ready sandbox", seconds)

    def end_sandbox(self, sandbox_id: str) -> None:
        self.call("DELETE", f"/sandboxes/{sandbox_id}")

    def terminal(self, sandbox: dict[str, Any], cols: int = 100, rows: int = 30) -> "LiveTerminal":
        return LiveTerminal(self, sandbox["machines"][0]["terminal"], cols, rows)

    def check(self, exercise: str, lesson: str = LESSON, seconds: float = 60) -> dict[str, Any]:
        """Press *Check* and wait for the result."""
        answer = self.call("POST", f"/exercises/{lesson}/{exercise}/submissions")
        assert answer.status_code in (200, 201, 202), answer.text
        submission_id = answer.json()["id"]

        def graded() -> dict[str, Any]:
            now = dict(self.call("GET", f"/submissions/{submission_id}").json())
            assert now["state"] in ("graded", "not_graded"), f"it is {now['state']}"
            return now

        return wait_for(graded, "a result", seconds)


class LiveTerminal:
    """A drydock.v1 client that keeps every byte and its number, and comes back where it stopped."""

    def __init__(self, student: LiveStudent, path: str, cols: int, rows: int) -> None:
        self._student, self._path, self._size = student, path, {"cols": cols, "rows": rows}
        self.output = bytearray()
        self.start = 0  # the number of output[0]
        self.epoch = ""
        self.resets = 0
        self.connect()

    @property
    def seq(self) -> int:
        """The number of the next byte."""
        return self.start + len(self.output)

    def connect(self) -> None:
        """Open the websocket and resume. Raises OSError, WireClosed."""
        self._wire = Wire(
            self._student.port, self._path, subprotocol="drydock.v1", cookie=self._student.cookie, seconds=30
        )
        resume = {"epoch": self.epoch} if self.epoch else {}
        self._wire.say(type="resume", seq=self.seq, **self._size, **resume)
        while True:
            opcode, payload = self._wire.receive()
            assert opcode == 1, "bytes came before hello"
            hello = json.loads(payload)
            if hello["type"] == "hello":
                break
        self.epoch = hello["epoch"]
        if hello["reset"]:
            self.output.clear()
            self.start, self.resets = hello["seq"], self.resets + 1
        assert hello["seq"] == self.seq, f"hello starts at {hello['seq']}, this client has {self.seq}"

    def reconnect(self, seconds: float = 60) -> None:
        """Come back with the last number, as often as it takes."""

        def back() -> bool:
            self.connect()
            return True

        wait_for(back, "the terminal coming back", seconds)

    def type(self, keys: str | bytes) -> None:
        self._wire.send(keys.encode() if isinstance(keys, str) else keys)

    def read(self) -> None:
        """Take one message."""
        opcode, payload = self._wire.receive()
        if opcode == 2:
            self.output += payload
            self._wire.say(type="ack", seq=self.seq)

    def until(self, mark: str | bytes, after: int = 0) -> bytes:
        """Read until `mark` stands in what came at or after byte number `after`; returns everything since then."""
        wanted = mark.encode() if isinstance(mark, str) else mark
        end = time.monotonic() + 60
        while wanted not in self.output[max(0, after - self.start) :]:
            self._wire.deadline = end  # pings alone would keep its time-out from passing
            try:
                self.read()
            except TimeoutError:
                raise AssertionError(f"{mark!r} did not come; the last: {bytes(self.output[-300:])!r}") from None
        self._wire.deadline = None
        return bytes(self.output[max(0, after - self.start) :])

    def quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing has come for so long."""
        self._wire._socket.settimeout(seconds)
        try:
            while True:
                self.read()
        except TimeoutError:
            self._wire._socket.settimeout(30)

    def run(self, command: str) -> str:
        """Type a command at the prompt and return what it printed."""
        before = self.seq
        mark = f"done-{before}"
        self.type(f"{command}; printf '%s-%s\\n' done {before}\n")
        printed = self.until(f"{mark}\r\n", after=before).decode(errors="replace")
        return ESCAPES.sub("", printed.split("\n", 1)[1].rsplit(mark, 1)[0]).replace("\r", "")

    def close(self) -> None:
        self._wire.close()
