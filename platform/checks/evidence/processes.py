"""Collectors of what runs in a machine, and of what commands print in a copy of it."""

from collections.abc import Sequence
from functools import partial

from checks.evidence.base import ALIVE, PAUSING, Piece, Target
from checks.evidence.schema import CommandEvidence, Evidence, ProcessEvidence, clean_text, pack_bytes
from checks.specs import CheckSpec, CommandCheck, ProcessCheck
from sandboxes.engine.checker_protocol import ProbeCommand
from sandboxes.engine.interface import SandboxEngine

PROCESSES_MAX = 300


def process_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """What runs, once for all checks."""
    if not any(isinstance(check, ProcessCheck) for check in checks):
        return []
    return [Piece("processes", partial(_add_processes, target=target, engine=engine), ALIVE)]


def command_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """All commands, in one probe."""
    commands = [_probe_command(check) for check in checks if isinstance(check, CommandCheck)]
    if not commands:
        return []
    return [Piece("commands", partial(_add_commands, commands=commands, target=target, engine=engine), PAUSING)]


def _probe_command(check: CommandCheck) -> ProbeCommand:
    return ProbeCommand(id=check.id, argv=check.argv, timeout_seconds=float(check.timeout_seconds))


def _add_commands(
    evidence: Evidence, *, commands: Sequence[ProbeCommand], target: Target, engine: SandboxEngine
) -> None:
    facts = engine.probe_snapshot(target.container_id, commands)
    words = {command.id: list(command.argv) for command in commands}
    evidence["commands"] = {
        fact.id: CommandEvidence(
            argv=words[fact.id],
            exit_code=fact.exit_code,
            signal=fact.signal,
            error=fact.error,
            timed_out=fact.timed_out,
            truncated=fact.truncated,
            stdout=pack_bytes(fact.stdout),
            stderr=pack_bytes(fact.stderr),
        )
        for fact in facts
    }


def _add_processes(evidence: Evidence, *, target: Target, engine: SandboxEngine) -> None:
    """A machine holds at most 256; more than PROCESSES_MAX can't be and is cut."""
    evidence["processes"] = [
        ProcessEvidence(
            pid=fact.pid,
            ppid=fact.ppid,
            uid=fact.uid,
            command=clean_text(fact.command)[:64],
            args=clean_text(fact.args)[:1000],
        )
        for fact in engine.processes(target.container_id)[:PROCESSES_MAX]
    ]
