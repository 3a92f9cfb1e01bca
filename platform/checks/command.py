"""Check what a command prints in a copy of the machine's disk, and how it ends."""

import os
import signal
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Argument, TextCheck, evidence_missing, refuse_words_in_program
from checks.evidence.packing import pack_bytes, packed_size, unpack_text
from checks.evidence.schema import CommandEvidence, Evidence
from checks.evidence.tasks import PAUSING, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from checks.wording import command_words, is_script
from core.specs.outcomes import CheckOutcome, quoted
from sandboxes.engine.checker_protocol import ProbeCommand
from sandboxes.engine.interface import SandboxEngine


@CHECK_KINDS.register(position=20)
class CommandCheck(TextCheck):
    """Check a command's exit code and, if a matcher is set, its standard output.

    It runs in a copy of the machine's disk with a clean environment, so it sees files, not the
    machine's running processes.
    """

    kind: Literal["command"] = "command"
    argv: Annotated[
        tuple[Argument, ...],
        Field(
            min_length=1,
            max_length=32,
            description="The program and its arguments, one a line; no shell in between.",
        ),
    ]
    exit_code: Annotated[int, Field(strict=True, ge=0, le=255)] = 0
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    @model_validator(mode="after")
    def refuse_no_program(self) -> Self:
        """Raise PydanticCustomError unless there is a program to run."""
        if not self.argv[0].strip():
            raise PydanticCustomError("argv", "must begin with a program", {"at": ("argv",)})
        refuse_words_in_program(self.argv, "argv")
        return self

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: patterns, and a script."""
        return super().code() | ({"argv": "\n".join(self.argv)} if is_script(self.argv) else {})

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to run the command, in one probe with the others."""
        yield EvidenceTask("commands", gather_commands, PAUSING, (self,))

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the command's end and output against what is asked of them."""
        command = evidence["commands"].get(self.id)
        if command is None or command.get("argv") != list(self.argv):
            raise evidence_missing(evidence, "commands", f"The command of {self.id} was not run.")
        printed = f" and prints {self.expected_text()}" if self.matchers() else ""
        expected = f"{command_words(self.argv)} ends with exit code {self.exit_code}{printed}"
        fault = self.end_fault(command)
        if fault:
            return CheckOutcome(passed=False, expected=expected, found=fault)
        text = unpack_text(command["stdout"])
        if text is None:
            return CheckOutcome(
                passed=not self.matchers(),
                expected=expected,
                found=f"it printed {packed_size(command['stdout'])} bytes that are not text",
            )
        share = self.text_share(text)
        observed = f"it printed {self.observed_text(text)}"
        return CheckOutcome(passed=share == 1, expected=expected, found=observed, share=share)

    def end_fault(self, command: CommandEvidence) -> str:
        """Say what was wrong with the way the command ended, or nothing."""
        if command["error"] is not None:
            return f"it could not be started: {os.strerror(command['error'])}"
        if command["timed_out"]:
            return f"it had not ended after {self.timeout_seconds} seconds"
        if command["truncated"]:
            text = unpack_text(command["stdout"])
            beginning = "bytes that are not text" if text is None else quoted(text)
            return f"it printed more than is read, beginning with {beginning}"
        if command["exit_code"] is None:
            return f"it was ended by signal {signal_name(command['signal'])}"
        if command["exit_code"] != self.exit_code:
            stderr = (unpack_text(command["stderr"]) or "").strip()
            complaint = f" and the complaint {quoted(stderr)}" if stderr else ""
            return f"it ended with exit code {command['exit_code']}{complaint}"
        return ""


def gather_commands(
    evidence: Evidence,
    subject: Subject,
    engine: SandboxEngine,
    checks: Sequence[CommandCheck],
) -> None:
    """Run the commands under the trusted checker."""
    commands = [
        ProbeCommand(id=check.id, argv=check.argv, timeout_seconds=float(check.timeout_seconds))
        for check in checks
    ]
    facts = engine.probe_snapshot(subject.container_id, commands)
    arguments = {command.id: list(command.argv) for command in commands}
    evidence["commands"] = {
        fact.id: CommandEvidence(
            argv=arguments[fact.id],
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


def signal_name(number: int | None) -> str:
    names = {known.value: known.name for known in signal.Signals}
    return names.get(number or 0, str(number))
