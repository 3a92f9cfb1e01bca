"""A student of a running platform, over HTTP and websocket, for tests and benchmarks that need no
browser."""

import re
from typing import Any

import requests

from tests.support.clients.drydock_v1 import TerminalClient
from tests.support.waiting import wait_for

LESSON = "vms-and-containers/your-first-container"


class LiveStudent:
    """Somebody signed in at `base_url` ("http://127.0.0.1:PORT")."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        page = self.http.get(f"{base_url}/accounts/sign-in/", timeout=20)
        match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert match, "the sign-in page has no form"
        form = {"username": username, "password": password, "csrfmiddlewaretoken": match[1]}
        answer = self.http.post(
            f"{base_url}/accounts/sign-in/", data=form, timeout=20, allow_redirects=False
        )
        assert answer.status_code == 302, f"sign-in of {username} answered {answer.status_code}"

    @property
    def port(self) -> int:
        return int(self.base_url.rsplit(":", 1)[1])

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """One API call, with the CSRF token."""
        headers = {
            "X-CSRFToken": self.http.cookies.get("drydock_csrf", ""),
            "Referer": self.base_url,
        }
        return self.http.request(
            method, f"{self.base_url}/api{path}", json=body, headers=headers, timeout=30
        )

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
            assert now["state"] == "ready", (
                f"it is {now['state']}, queue {now['queue']}: {now['reason']}"
            )
            return now

        return wait_for(ready, "a ready sandbox", seconds)

    def end_sandbox(self, sandbox_id: str) -> None:
        self.call("DELETE", f"/sandboxes/{sandbox_id}")

    def terminal(self, sandbox: dict[str, Any], cols: int = 100, rows: int = 30) -> TerminalClient:
        path = sandbox["machines"][0]["terminal"]
        return TerminalClient(self.port, path, cookie=self.cookie, cols=cols, rows=rows)

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
