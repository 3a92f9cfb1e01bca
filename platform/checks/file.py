"""Check files: what is at a path, and what a regular file holds."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.base import AnyPath, TextCheck, evidence_missing
from checks.evidence.packing import pack_bytes, unpack_text
from checks.evidence.schema import Evidence, FileEvidence
from checks.evidence.tasks import ALIVE, ON_DISK, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from core.specs.error_messages import shape
from core.specs.outcomes import CheckOutcome, quoted
from sandboxes.engine.interface import SandboxEngine

FILE_MAX_BYTES = 64 * 1024
# Facts that the outer engine measures about a machine, so that an expected value need not be
# written down.
FactName = Literal["kernel", "memory_bytes", "pids_max", "cpus", "hostname", "init"]
# What each fact is called in front of a student. Its value is not shown: it is the answer.
FACT_NAMES = {
    "kernel": "the release of the kernel that this machine runs on",
    "memory_bytes": "this machine's memory limit in bytes",
    "pids_max": "the number of processes that this machine may have",
    "cpus": "the number of processor cores that this machine may use",
    "hostname": "this machine's host name",
    "init": "the name of this machine's first process",
}

FileType = Literal["any", "regular", "directory", "symlink"]
EXPECTED_TYPES = {
    "any": "something",
    "regular": "a regular file",
    "directory": "a folder",
    "symlink": "a symbolic link",
}
FOUND_TYPES = {
    **EXPECTED_TYPES,
    "missing": "nothing of that name",
    "held": "a regular file",
    "other": "something that is neither a file nor a folder (a pipe, a socket or a device)",
}
# What there is instead of a regular file.
NOT_REGULAR = {
    "missing": "no file of that name",
    "directory": "a folder",
    "symlink": "a symbolic link; write a regular file",
    "other": "something that is not a regular file (a pipe, a socket or a device)",
    "held": "a file that one of your programs keeps for itself by a lease; end that program",
}

# Folders that the kernel or a tmpfs provides: what lies there is in no snapshot, so that a file
# check can't see it.
UNSEEN_FOLDERS = ("/proc", "/sys", "/dev", "/run", "/tmp")  # noqa: S108  refused, not used


def refuse_unseen_path(value: str) -> str:
    """Return a path that snapshots hold. Raises PydanticCustomError for any other."""
    for folder in UNSEEN_FOLDERS:
        if value == folder or value.startswith(f"{folder}/"):
            raise PydanticCustomError(
                "path", "lies in {folder}, which no snapshot holds", {"folder": folder}
            )
    return value


FilePath = Annotated[AnyPath, AfterValidator(refuse_unseen_path)]
# Bits as chmod(1) takes them.
Mode = Annotated[
    str,
    StringConstraints(
        pattern=shape(r"^[0-7]{3,4}$", "must be three or four octal digits, as in 0640")
    ),
]


@CHECK_KINDS.register(position=10)
class FileCheck(TextCheck):
    """Check what is at a path: nothing, or something of this type, mode and owner.

    With a matcher it is a regular file whose content fits; `equals_fact` holds that against what
    the engine measures of the machine.
    """

    kind: Literal["file"] = "file"
    path: Annotated[FilePath, Field(description="Absolute, as in /root/answer.")]
    exists: Annotated[bool, Field(strict=True, description="No: nothing may be there.")] = True
    type: Annotated[FileType | None, Field(description="What it has to be.")] = None
    mode: Annotated[Mode | None, Field(description="Its mode in octal, as in 0640.")] = None
    owner: Annotated[
        int | None,
        Field(
            strict=True,
            ge=0,
            le=65535,
            description="Its owner's number in the machine; root is 0.",
        ),
    ] = None
    equals_fact: Annotated[
        FactName | None, Field(description="What the platform measures of the machine.")
    ] = None

    def matchers(self) -> tuple[str, ...]:
        """Return the names of the matchers that are set."""
        return super().matchers() + (("equals_fact",) if self.equals_fact else ())

    def requirements(self) -> tuple[str, ...]:
        """Return the names of the fields that are set."""
        properties = ("type", "mode", "owner")
        return (
            *(name for name in properties if getattr(self, name) is not None),
            *self.matchers(),
        )

    @model_validator(mode="after")
    def refuse_misfits(self) -> Self:
        """Raise PydanticCustomError at a field that means nothing beside another."""
        requirements = self.requirements()
        if requirements and not self.exists:
            raise PydanticCustomError(
                "exists",
                "nothing has no {name}",
                {"name": requirements[0], "at": (requirements[0],)},
            )
        if self.matchers() and self.type in ("directory", "symlink"):
            raise PydanticCustomError(
                "type", "only regular files have content that is read", {"at": ("type",)}
            )
        return self

    @model_validator(mode="after")
    def refuse_empty(self) -> Self:
        """Raise PydanticCustomError for a check that asks nothing."""
        if not self.requirements() and self.exists:
            raise PydanticCustomError(
                "matchers",
                "needs one of type, mode, owner, "
                "equals, contains, contains_each, matches, equals_fact",
            )
        return self

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to read the file, and the facts if it is held against one."""
        yield file_task(self.path)
        if self.equals_fact:
            yield EvidenceTask("facts", gather_facts, ALIVE)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the file against what is asked of it."""
        file = evidence["files"].get(self.path)
        if file is None:
            raise evidence_missing(evidence, f"file {self.path}", f"{self.path} was not collected.")
        expected = f"{self.path} {self.expected()}"
        if not self.exists:
            return CheckOutcome(
                passed=file["kind"] == "missing",
                expected=expected,
                found=FOUND_TYPES[file["kind"]],
            )
        fault = self.property_fault(file)
        if fault or not self.matchers():
            return CheckOutcome(passed=not fault, expected=expected, found=fault or described(file))
        text, observed = file_text(file)
        if text is None:
            return CheckOutcome(passed=False, expected=expected, found=observed)
        share = self.content_share(text, evidence)
        return CheckOutcome(
            passed=share == 1, expected=expected, found=self.observed_text(text), share=share
        )

    def expected(self) -> str:
        """Say what the path has to be, as the end of a sentence that begins with it."""
        if not self.exists:
            return "does not exist"
        parts = [f"is {EXPECTED_TYPES[self.type]}"] if self.type else []
        parts += [f"has the mode {self.mode}"] if self.mode else []
        parts += [] if self.owner is None else [f"belongs to user {self.owner}"]
        if self.equals_fact:
            parts += [f"holds {FACT_NAMES[self.equals_fact]}"]
        elif self.matchers():
            parts += [f"holds {self.expected_text()}"]
        return " and ".join(parts)

    def property_fault(self, file: FileEvidence) -> str:
        """Say what is wrong with the file besides its content, or nothing."""
        if file["kind"] == "missing":
            return NOT_REGULAR["missing"] if self.matchers() else FOUND_TYPES["missing"]
        actual_type = "regular" if file["kind"] == "held" else file["kind"]
        if self.type not in (None, "any", actual_type):
            return FOUND_TYPES[file["kind"]]
        if self.mode is not None and file["mode"] != int(self.mode, 8):
            return f"the mode {file['mode']:04o}"
        return "" if self.owner in (None, file["uid"]) else f"user {file['uid']} as its owner"

    def content_share(self, text: str, evidence: Evidence) -> Fraction:
        """Return how much of what is asked for the file's text has."""
        if self.equals_fact is None:
            return self.text_share(text)
        if self.equals_fact not in evidence["facts"]:
            raise evidence_missing(evidence, "facts", "The machine was not measured.")
        return Fraction(is_fact(text.strip(), evidence["facts"][self.equals_fact]))


def file_task(path: str) -> EvidenceTask:
    """Plan to read a file on the machine's disk."""
    return EvidenceTask(f"file {path}", gather_files, ON_DISK, (path,))


def gather_files(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, paths: Sequence[str]
) -> None:
    """Read files, as the engine sees them from outside."""
    for path in paths:
        fact = engine.read_file(subject.container_id, path, FILE_MAX_BYTES)
        content = None if fact.truncated or fact.kind != "regular" else fact.content
        evidence["files"][path] = FileEvidence(
            kind=fact.kind,
            size=fact.size,
            mode=fact.mode,
            uid=fact.uid,
            content=None if content is None else pack_bytes(content),
            truncated=fact.truncated,
        )


def gather_facts(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, _items: Sequence[object]
) -> None:
    """Measure the machine, under the names of FactName."""
    facts = engine.facts(subject.container_id)
    evidence["facts"] = {
        "kernel": facts.kernel,
        "memory_bytes": facts.memory_bytes,
        "pids_max": facts.pids_max,
        "cpus": facts.cpus,
        "hostname": facts.hostname,
        "init": posixpath.basename(facts.entrypoint[0]) if facts.entrypoint else "",
    }


def described(file: FileEvidence) -> str:
    """Say what a file is, without its content."""
    kind, mode, owner = FOUND_TYPES[file["kind"]], file["mode"], file["uid"]
    return f"{kind} with the mode {mode:04o} that belongs to user {owner}"


def file_text(file: FileEvidence) -> tuple[str | None, str]:
    """Return the file's text if it is one, and what to call what was found."""
    if file["kind"] != "regular":
        return None, NOT_REGULAR.get(file["kind"], NOT_REGULAR["other"])
    if file["truncated"] or file["content"] is None:
        return None, f"a file of {file['size']} bytes, too large to be the answer"
    text = unpack_text(file["content"])
    if text is None:
        return None, f"a file of {file['size']} bytes that are not text"
    return text, quoted(text)


def is_fact(text: str, fact: str | float) -> bool:
    """Whether a text is the measured value; 0.50 and 0.5 are the same number."""
    if isinstance(fact, str):
        return text == fact
    is_number = re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text) is not None
    return is_number and float(text) == float(fact)
