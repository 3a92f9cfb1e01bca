"""What all judges share: what they say, and how a student's text is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import regex

from checks.judges import patterns
from checks.specs import TextCheck

# What a student is shown of a text, in characters.
SHOWN = 160
LISTED = 400  # and of several


@dataclass(frozen=True)
class CheckResult:
    """What came of one check: `earned` of `points`. `message` (empty when passed) and `read` are the author's words;
    `expected` and `found` are bounded and hold printable characters only. `waits_for` names the checks that have to
    pass before this one is looked at. Of a `hidden` one students are not told what was expected and found."""

    check: str
    passed: bool
    points: int
    earned: int
    expected: str
    found: str
    message: str
    read: str
    waits_for: list[str] = field(default_factory=list)
    hidden: bool = False


@dataclass(frozen=True)
class Finding:
    """What a judge says. `share` is the part of the points that somebody earns who has not passed."""

    passed: bool
    expected: str
    found: str
    share: Fraction = Fraction(0)
    message: str = ""  # in place of the author's

    def earned(self, points: int) -> int:
        """Whole points, rounded down: only who has passed gets all."""
        return points if self.passed else min(int(points * self.share), points - 1)


def printable(text: str, limit: int = SHOWN) -> str:
    """At most `limit` characters of a student's text, each of them visible: escapes stand for the rest."""
    shown = text[:limit] + ("…" if len(text) > limit else "")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def quoted(text: str) -> str:
    """A student's text as a part of a sentence."""
    return f"“{printable(text.strip())}”" if text.strip() else "nothing but white space" if text else "nothing"


def expected_text(check: TextCheck) -> str:
    if check.equals is not None:
        return quoted(check.equals)
    if check.contains is not None:
        return f"a text with {quoted(check.contains)} in it"
    if check.contains_each:
        return f"a text with each of {_listed(check.contains_each)} in it"
    return f"a text that matches the pattern {quoted(check.matches or '')}"


def found_text(check: TextCheck, text: str) -> str:
    """What there was: of several parts those that are missing, otherwise all of it."""
    missing = [part for part in check.contains_each if part not in text]
    return f"{quoted(text)}, without {_listed(missing)}" if missing else quoted(text)


def text_share(check: TextCheck, text: str) -> Fraction:
    """How much of what is wanted a text has: all (1), nothing (0) or, with several parts, those that are there."""
    if check.contains_each:
        return Fraction(sum(part in text for part in check.contains_each), len(check.contains_each))
    return Fraction(_holds(check, text))


def _holds(check: TextCheck, text: str) -> bool:
    if check.equals is not None:
        return text.strip() == check.equals.strip()
    if check.contains is not None:
        return check.contains.strip() in text
    if check.matches is not None:
        return patterns.found(check.matches, text, regex.MULTILINE)
    return True


def _listed(parts: Iterable[str]) -> str:
    return printable(", ".join(quoted(part) for part in parts), LISTED)
