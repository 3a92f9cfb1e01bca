"""Check what a command prints in the guest of a virtual machine."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.base import TextCheck, evidence_missing, machine_fault
from checks.evidence.docker_schema import GuestAnswerEvidence
from checks.evidence.packing import pack_bytes, packed_size, unpack_text
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ALIVE, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from checks.wording import command_words, is_script
from core.specs.outcomes import CheckOutcome
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError, InsideSilent, MachineMissing

ASK_SECONDS = 12.0
OUTPUT_MAX = 32 * 1024


@CHECK_KINDS.register(position=150)
class GuestCheck(TextCheck):
    """Check what a command prints in the guest of a `vm` machine.

    The guest's root runs it, over the platform's own channel. The guest is the student's, who may
    have changed any program in it.
    """

    kind: Literal["guest"] = "guest"
    ask: Annotated[
        str,
        StringConstraints(min_length=1, max_length=1000),
        Field(description="A command for sh."),
    ]

    @model_validator(mode="after")
    def refuse_no_matcher(self) -> Self:
        """Raise PydanticCustomError unless something is asked of what is printed."""
        if not self.matchers():
            raise PydanticCustomError("matchers", "needs one of equals, contains, matches")
        return self

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return a fault where the student's terminal leads into no guest."""
        return machine_fault(machine_kind, "opens_in_guest", "asks the guest that students work in")

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the command's words, as one word where a shell has more to do."""
        return (self.ask,) if is_script((self.ask,)) else tuple(self.ask.split())

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: patterns, and a script."""
        return super().code() | ({"ask": self.ask} if is_script(self.argv) else {})

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to run the command in the guest."""
        yield EvidenceTask(f"guest {self.id}", gather_answers, ALIVE, (self,))

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold what the guest printed against the matcher."""
        answer = evidence["guests"]["answers"].get(self.id)
        if answer is None or answer["ask"] != self.ask:
            raise evidence_missing(evidence, f"guest {self.id}", f"{self.id} was not asked.")
        asked = command_words(self.argv)
        expected = f"in the guest, {asked} prints {self.expected_text()}"
        if answer["truncated"]:
            return CheckOutcome(False, expected, "it printed more than is read")
        text = unpack_text(answer["said"])
        if text is None:
            observed = f"it printed {packed_size(answer['said'])} bytes that are not text"
            return CheckOutcome(passed=False, expected=expected, found=observed)
        share = self.text_share(text)
        observed = f"it printed {self.observed_text(text)}"
        return CheckOutcome(passed=share == 1, expected=expected, found=observed, share=share)


def gather_answers(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, checks: Sequence[GuestCheck]
) -> None:
    """Run the commands in the guest, and keep what they print."""
    for check in checks:
        printed = ask_guest(engine, subject, check.ask)
        evidence["guests"]["answers"][check.id] = GuestAnswerEvidence(
            ask=check.ask,
            said=pack_bytes(printed[:OUTPUT_MAX]),
            truncated=len(printed) > OUTPUT_MAX,
        )


def ask_guest(engine: SandboxEngine, subject: Subject, command: str) -> bytes:
    """Return what a command prints in the guest.

    Raises InsideSilent when the guest does not answer, MachineMissing.
    """
    try:
        return engine.ask_guest(subject.container_id, command, ASK_SECONDS)
    except MachineMissing:
        raise
    except EngineError as error:
        raise InsideSilent(str(error)) from error
