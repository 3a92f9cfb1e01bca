"""Connections into a machine that is not there, for fake_engine.py."""

from collections.abc import Collection

from sandboxes.engine.interface import Witness


class FakeDial:
    """Answers whatever it is sent with the same bytes, and ends."""

    def __init__(self, answer: bytes) -> None:
        self.sent = b""
        self._answer = answer

    def send(self, data: bytes) -> None:
        self.sent += data

    def receive(self, seconds: float) -> bytes:
        answer, self._answer = self._answer, b""
        return answer

    def close(self) -> None:
        self._answer = b""


class FakeWatched(FakeDial):
    """One of which the host sees what a test has said."""

    def __init__(self, answer: bytes, witness: Witness) -> None:
        super().__init__(answer)
        self._witness = witness

    def glance(self) -> str:
        return self._witness.fault

    def look(self, folders: Collection[str] = ()) -> Witness:
        return self._witness
