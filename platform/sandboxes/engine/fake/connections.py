"""Stand in for connections into a machine that is not there."""

from collections.abc import Collection, Container

from sandboxes.engine.facts import PeerAttestation, Sockets


def answering_path(sockets: Sockets, answers: Container[str]) -> str:
    """Return the first of these sockets that has an answer, else the last."""
    paths = (sockets,) if isinstance(sockets, str) else sockets
    return next((path for path in paths if path in answers), paths[-1])


class FakeConnection:
    """Send a fixed reply to any request, then end."""

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


class FakeAttestedConnection(FakeConnection):
    """Reply, and return the attestation that a test has set."""

    def __init__(self, answer: bytes, attestation: PeerAttestation) -> None:
        super().__init__(answer)
        self._attestation = attestation

    def precheck(self) -> str:
        return self._attestation.fault

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        return self._attestation
