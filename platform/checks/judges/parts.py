"""Checks that ask several things: each that holds earns its share."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from checks.judges.base import Finding

ALL = "all of that"


@dataclass(frozen=True)
class Part:
    """One thing that is asked, in words that follow "it": `wanted` "runs", `found` "has ended with exit code 1"."""

    holds: bool
    wanted: str
    found: str


def finding(what: str, parts: Sequence[Part]) -> Finding:
    """What comes of them, about "a container web", say."""
    missed = [part.found for part in parts if not part.holds]
    return Finding(
        passed=not missed,
        expected=f"{what} that {joined([part.wanted for part in parts])}" if parts else what,
        found=f"it {joined(missed)}" if missed else ALL,
        share=Fraction(len(parts) - len(missed), len(parts)) if parts else Fraction(0),
    )


def joined(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
