"""The collector of virtual machines: QEMU's processes as the host sees them, files of virtual disks read from outside,
and what a guest says over the platform's own channel."""

from collections.abc import Sequence
from functools import partial

from checks.evidence.base import ALIVE, ON_DISK, Piece, Target
from checks.evidence.docker_schema import AnswerEvidence, DiskEvidence, EmulatorEvidence
from checks.evidence.schema import Evidence, clean_text, pack_bytes
from checks.specs import CheckSpec, GuestCheck, VmCheck
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError, InsideSilent, MachineMissing

PROGRAM = "/usr/bin/qemu-system-x86_64"
COMMAND = "qemu-system-x86"  # what the kernel keeps of the name
HEAD_BYTES = 1024
ARGS_MAX = 4000
RUNNING_MAX = 20
ANSWER_SECONDS = 12.0
ANSWER_MAX = 32 * 1024


def guest_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """A piece for what runs, one for each disk and one for each question to the guest."""
    vms = [check for check in checks if isinstance(check, VmCheck)]
    pieces = [
        Piece(f"disk {path}", partial(_add_disk, path=path, target=target, engine=engine), ON_DISK)
        for path in dict.fromkeys(check.disk for check in vms if check.disk)
    ]
    if any(check.asks_what_runs for check in vms):
        pieces.append(Piece("emulators", partial(_add_running, target=target, engine=engine), ALIVE))
    for check in checks:
        if isinstance(check, GuestCheck):
            pieces.append(Piece(f"guest {check.id}", partial(_add_answer, check=check, target=target, engine=engine)))
    return pieces


def _add_running(evidence: Evidence, *, target: Target, engine: SandboxEngine) -> None:
    genuine = engine.genuine_processes(target.container_id, PROGRAM)
    found = [
        EmulatorEvidence(args=clean_text(process.args)[:ARGS_MAX])
        for process in engine.processes(target.container_id)
        if (process.command == COMMAND if genuine is None else process.pid in genuine)
    ]
    evidence["guests"]["running"] = found[:RUNNING_MAX]
    evidence["guests"]["seen"] = genuine is not None


def _add_disk(evidence: Evidence, *, path: str, target: Target, engine: SandboxEngine) -> None:
    fact = engine.read_file(target.container_id, path, HEAD_BYTES)
    head = fact.content if fact.kind == "regular" else None
    evidence["guests"]["disks"][path] = DiskEvidence(kind=fact.kind, size=fact.size, head=pack_bytes(head or b""))


def _add_answer(evidence: Evidence, *, check: GuestCheck, target: Target, engine: SandboxEngine) -> None:
    try:
        said = engine.ask_guest(target.container_id, check.ask, ANSWER_SECONDS)
    except MachineMissing:
        raise
    except EngineError as error:
        raise InsideSilent(str(error)) from error
    cut = len(said) > ANSWER_MAX
    evidence["guests"]["answers"][check.id] = AnswerEvidence(
        ask=check.ask, said=pack_bytes(said[:ANSWER_MAX]), truncated=cut
    )
