"""Define what every kind of check has: its fields, its plan for evidence, its evaluation.

A kind of check is one module: a model with a `kind`, registered with checks.registry.
"""

import posixpath
import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Self

import regex
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from checks.evidence.schema import Evidence
from checks.evidence.script_runner import Job
from checks.evidence.tasks import EvidenceTask, Subject
from checks.wording import literals_of, pattern_words, shows_code
from core.specs import patterns
from core.specs.fields import (
    LINES,
    OR_PLACEHOLDER,
    PLACEHOLDER,
    Points,
    Prose,
    Regex,
    Slug,
    is_regex,
)
from core.specs.outcomes import CheckOutcome, EvidenceMissing, printable, quoted
from core.units import UNITS, BadQuantity, parse_quantity
from sandboxes.machine_types.registry import machine_types

MATCHERS = ("equals", "contains", "contains_each", "matches")
LISTED = 400  # characters that a student is shown of several texts
ALL = "all of that"
SHOWN_ANSWER = (
    "would be shown to students, and neither the task nor the message says it: "
    "say what is expected in describe"
)
# Where a text stands in a check: ("contains_each", 1) is the second part of that field.
Place = tuple[str | int, ...]


def refuse_relative_path(value: str) -> str:
    """Return an absolute, plain path. Raises PydanticCustomError for any other."""
    if not value.startswith("/") or posixpath.normpath(value) != value or "\0" in value:
        raise PydanticCustomError(
            "path", "must be an absolute path without '..', '//' or a final '/'"
        )
    return value


def refuse_nul(value: str) -> str:
    """Return a text without a zero byte. Raises PydanticCustomError for any other."""
    if "\0" in value:
        raise PydanticCustomError("argument", "holds a NUL byte")
    return value


def size_bytes(text: str) -> int:
    """Return the bytes of a size with its unit. Raises BadQuantity."""
    return round(parse_quantity(text, UNITS["B"]))


def refuse_bad_size(value: str) -> str:
    """Return a text that is a size. Raises PydanticCustomError for any other."""
    try:
        size_bytes(value)
    except BadQuantity as error:
        raise PydanticCustomError(
            "size", "is not a size like 64 MiB or 40 MB: {why}", {"why": str(error)}
        ) from error
    return value


def refuse_words_in_program(words: tuple[str, ...], field: str) -> None:
    """Raise PydanticCustomError when the first word, the program, is a whole command line."""
    program = PLACEHOLDER.sub("x", words[0]) if words else ""
    if len(program.split()) > 1:
        raise PydanticCustomError(
            "words",
            "holds a program and its arguments: give each word an entry of its own",
            {"at": (field, 0)},
        )


def machine_fault(machine_kind: str | None, capability: str, need: str) -> tuple[str, str] | None:
    """Return the fault of a check in a machine whose type lacks a capability.

    `need` says what the check asks, as in "asks the machine's Docker engine".
    """
    fitting = [each.name for each in machine_types() if getattr(each, capability)]
    if machine_kind in fitting:
        return None
    actual = f"this one is {machine_kind}" if machine_kind else "this one has an image of its own"
    *others, last = fitting
    kinds = f"{', '.join(others)} or {last}" if others else last
    return "kind", f"{need}, so it takes a machine of the kind {kinds}; {actual}"


Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), LINES]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
# A path in the machine, wherever it lies.
AnyPath = Annotated[
    str, StringConstraints(max_length=1000), AfterValidator(refuse_relative_path), OR_PLACEHOLDER
]
Argument = Annotated[str, StringConstraints(max_length=1000), AfterValidator(refuse_nul)]
# MiB and GiB are what `docker run -m 64m` counts in, MB and GB what `docker images` prints.
Size = Annotated[
    str, StringConstraints(max_length=20), AfterValidator(refuse_bad_size), OR_PLACEHOLDER
]


class BaseCheck(BaseModel):
    """Hold the fields of every check.

    `message` tells the student what is wrong, `read` where to read on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[
        Slug, Field(description="A short name, once in the exercise; wrong answers name it.")
    ]
    points: Points = 1
    message: Annotated[
        Prose,
        Field(description="What is expected, for a student who does not have it yet. Markdown."),
    ]
    read: Annotated[
        Prose, Field(description="Where to read on: a section's title becomes a link to it.")
    ]
    describe: Annotated[
        Prose | None,
        Field(
            description="What is expected, in words, where the check holds code or the answer: "
            "shown in place of its own words."
        ),
    ] = None
    after: Annotated[
        tuple[Slug, ...],
        Field(
            max_length=10,
            description="Checks above this one that must pass first; until then it waits.",
        ),
    ] = ()
    hidden: Annotated[
        bool, Field(description="Students are not told what was expected and found.")
    ] = False

    @abstractmethod
    def plan_evidence(self, subject: Subject) -> Iterable[EvidenceTask]:
        """Plan what has to be gathered from the subject."""

    @abstractmethod
    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the check against the evidence: a pure function of both.

        Raises EvidenceMissing when what it looks at was not gathered.
        """

    @property
    def measured_dimension(self) -> str | None:
        """Return the dimension (core.units) of the number that it measures, if it measures any."""
        return None

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: patterns that mean more than their letters."""
        values = {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if is_regex(field)
        }
        return {name: text for name, text in values.items() if text and not literals_of(text)}

    def answers(self) -> dict[Place, str]:
        """Return the texts that a student is shown as expected, by place."""
        return {}

    def wording_fault(self, task: str) -> tuple[Place, str] | None:
        """Return the place and the fault of a check that shows students code or the answer.

        `task` is the exercise's text: what it says, everybody knows.
        """
        code = self.code()
        for name in ("describe", "message"):
            if shows_code(getattr(self, name) or "", code.values()):
                return (name,), "shows students a script or a pattern; say it in words"
        if self.describe or self.hidden:
            return None
        for name in code:
            return (name,), "is code, which no student is shown: say what is expected in describe"
        known = plain_text(f"{task} {self.message}")
        secret = [place for place, text in self.answers().items() if plain_text(text) not in known]
        return (secret[0], SHOWN_ANSWER) if secret else None

    def plan_rerun(self, evidence: Evidence) -> Job | None:
        """Plan what has to run again over stored evidence, since the check was corrected."""
        return None

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return the field and the fault of a check that such a machine can't be asked."""
        return None


class TextCheck(BaseCheck):
    """Hold a text against one of these matchers.

    All but `matches` ignore white space at both ends; `matches` is a Python regular expression,
    searched for anywhere in the text with MULTILINE.
    """

    equals: Annotated[
        Text | None, Field(description="All of it, white space at both ends aside.")
    ] = None
    contains: Annotated[Text | None, Field(description="A part of it.")] = None
    contains_each: Annotated[
        tuple[Line, ...],
        Field(
            max_length=20,
            description="Parts of it, one a line; each earns an equal share of the points.",
        ),
    ] = ()
    matches: Annotated[Regex | None, Field(description="A regular expression, found anywhere.")] = (
        None
    )

    def matchers(self) -> tuple[str, ...]:
        """Return the names of the matchers that are set."""
        return tuple(name for name in MATCHERS if getattr(self, name) not in (None, ()))

    def expected_text(self) -> str:
        """Say what the text should be, as a part of a sentence."""
        if self.equals is not None:
            return quoted(self.equals)
        if self.contains is not None:
            return f"a text with {quoted(self.contains)} in it"
        if self.contains_each:
            return f"a text with each of {listed(self.contains_each)} in it"
        return pattern_words(
            self.matches or "",
            whole="the line {}",
            part="a text with {} in it",
            otherwise="what the task asks for",
        )

    def answers(self) -> dict[Place, str]:
        """Return the texts that a student is shown as expected, by place."""
        texts: dict[Place, str] = {
            ("equals",): self.equals or "",
            ("contains",): self.contains or "",
        }
        texts |= {("contains_each", at): part for at, part in enumerate(self.contains_each)}
        texts[("matches",)] = next(iter(literals_of(self.matches or "")), "")
        return {place: text for place, text in texts.items() if text}

    def observed_text(self, text: str) -> str:
        """Say what the text is: of several parts those that are missing, otherwise all of it."""
        missing = [part for part in self.contains_each if part not in text]
        return f"{quoted(text)}, without {listed(missing)}" if missing else quoted(text)

    def text_share(self, text: str) -> Fraction:
        """Return how much a text has of what is asked for.

        That is all (1), nothing (0) or, with several parts, those that are there.
        """
        if self.contains_each:
            there = sum(part in text for part in self.contains_each)
            return Fraction(there, len(self.contains_each))
        if self.equals is not None:
            return Fraction(text.strip() == self.equals.strip())
        if self.contains is not None:
            return Fraction(self.contains.strip() in text)
        if self.matches is not None:
            return Fraction(patterns.matches(self.matches, text, regex.MULTILINE))
        return Fraction(1)

    @model_validator(mode="after")
    def refuse_two_matchers(self) -> Self:
        """Raise PydanticCustomError at the second matcher."""
        names = self.matchers()
        if len(names) > 1:
            raise PydanticCustomError(
                "matchers",
                "may have one matcher, has {names}",
                {"names": " and ".join(names), "at": (names[1],)},
            )
        return self


def plain_text(text: str) -> str:
    """Return a text without Markdown's marks, in small letters, for comparing what is said."""
    return " ".join(re.sub(r"[`*_“”\"]", "", text).casefold().split())


def listed(parts: Iterable[str]) -> str:
    """Return texts as a part of a sentence, bounded."""
    return printable(", ".join(quoted(part) for part in parts), LISTED)


def evidence_missing(evidence: Evidence, name: str, otherwise: str) -> EvidenceMissing:
    """Return an error that says why `name` was not gathered, or else says `otherwise`."""
    return EvidenceMissing(evidence["errors"].get(name, otherwise))


@dataclass(frozen=True)
class Requirement:
    """Hold one of several things that a check asks; each that holds earns an equal share.

    Its texts follow "it": `expected` "runs", `found` "has ended with exit code 1".
    """

    holds: bool
    expected: str
    found: str


def outcome_of(subject: str, requirements: Sequence[Requirement]) -> CheckOutcome:
    """Sum up requirements of a subject, "a container web", say."""
    missed = [requirement.found for requirement in requirements if not requirement.holds]
    count = len(requirements)
    expected = joined([requirement.expected for requirement in requirements])
    return CheckOutcome(
        passed=not missed,
        expected=f"{subject} that {expected}" if requirements else subject,
        found=f"it {joined(missed)}" if missed else ALL,
        share=Fraction(count - len(missed), count) if requirements else Fraction(0),
    )


def joined(texts: Sequence[str]) -> str:
    """Return texts as in "a, b and c"."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1]))) if texts else ""
