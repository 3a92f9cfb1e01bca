"""Print the report of a benchmark."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Report one measurement.

    `target` bounds `value` from above, or from below when `at_least`.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target


def show(results: Iterable[Result]) -> None:
    """Print the results, a line each."""
    for result in results:
        bound = ""
        if result.target is not None:
            sign = "≥" if result.at_least else "≤"
            verdict = "met" if result.met else "MISSED"
            bound = f"  target {sign} {result.target:g} {result.unit}: {verdict}"
        value = f"{result.value:>9.2f} {result.unit:<5}"
        print(f"{result.name:<60}{value}{bound}  {result.note}".rstrip())
