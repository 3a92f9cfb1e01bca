"""Collectors of what answers on a machine's ports: asked from a container that shares the machine's network and nothing
else, by a static program of the platform's own. What it says comes back through the checker, whose reply no process of
the student's can see or write; what a student's server says is what was asked for."""

from collections.abc import Mapping, Sequence
from functools import partial

from checks.evidence.base import ALIVE, Piece, Target
from checks.evidence.schema import Evidence, PortEvidence, pack_bytes, port_key
from checks.specs import CheckSpec, PortCheck
from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import TOOLS_MOUNT

FETCH = f"{TOOLS_MOUNT}/fetch"
ENDED, NOBODY, LATE = 0, 1, 3  # its exit codes
GRACE_SECONDS = 1.0


def port_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """All ports, in one probe; what several checks look at is asked for once, with the longest time-out."""
    ports = sorted((check for check in checks if isinstance(check, PortCheck)), key=lambda check: check.timeout_seconds)
    wanted = {port_key(check.port, check.http_path): check for check in ports}
    if not wanted:
        return []
    return [Piece("ports", partial(_add_ports, wanted=wanted, target=target, engine=engine), ALIVE)]


def _add_ports(evidence: Evidence, *, wanted: Mapping[str, PortCheck], target: Target, engine: SandboxEngine) -> None:
    commands = [_command(str(number), check) for number, check in enumerate(wanted.values())]
    facts = engine.probe_network(target.container_id, commands)
    evidence["ports"] = {key: _port_evidence(fact) for key, fact in zip(wanted, facts, strict=True)}


def _command(name: str, check: PortCheck) -> ProbeCommand:
    request = "" if check.http_path is None else _request(check.port, check.http_path)
    words = (FETCH, str(check.port), str(check.timeout_seconds * 1000), request)
    return ProbeCommand(name, words, check.timeout_seconds + GRACE_SECONDS)


def _request(port: int, path: str) -> str:
    """HTTP/1.0, so that the answer ends with the connection and comes in one piece (RFC 1945)."""
    lines = (
        f"GET {path} HTTP/1.0",
        f"Host: localhost:{port}",
        "User-Agent: drydock",
        "Accept: */*",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", ""))


def _port_evidence(fact: ProbeFact) -> PortEvidence:
    """Raises ProbeGarbled when our own program did not do its work."""
    if fact.exit_code not in (ENDED, NOBODY, LATE) and not fact.truncated:
        raise ProbeGarbled(f"{FETCH} ended with {fact.exit_code}, signal {fact.signal}, error {fact.error}")
    return PortEvidence(
        open=fact.exit_code != NOBODY,
        ended=fact.exit_code == ENDED,
        reply=pack_bytes(fact.stdout),
        truncated=fact.truncated,
    )
