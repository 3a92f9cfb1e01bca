"""Count how the values of a class are spread, between round edges.

No single value can be read off the counts. Pure functions.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# Fewer students than this, and a number could be somebody's.
LEAST_STUDENTS = 5
# From so many times the smallest value on, equal steps would put most values into a single bar.
LOG_FROM = 20.0
# About how many bars there are; more than twice as many decades of 1, 2, 5 are made whole decades.
BARS = 10


@dataclass(frozen=True)
class Scale:
    """Hold at least two rising `edges`; with `log` each is a multiple of the edge before."""

    log: bool
    edges: tuple[float, ...]


def scale_for(values: Sequence[float]) -> Scale:
    """Return a scale with room for all values, in any order; there must be at least one."""
    low, high = min(values), max(values)
    if low > 0 and high / low >= LOG_FROM:
        return Scale(log=True, edges=log_edges(low, high))
    return Scale(log=False, edges=linear_edges(low, high))


def count(values: Sequence[float], scale: Scale) -> list[int]:
    """Count the values between each edge and the next.

    The last edge belongs to the last bar. All values must be on the scale.
    """
    counts = [0] * (len(scale.edges) - 1)
    for value in values:
        counts[min(bisect_right(scale.edges, value), len(counts)) - 1] += 1
    return counts


def log_edges(low: float, high: float) -> tuple[float, ...]:
    """Return 1, 2, 5, 10, …, or whole powers of ten where there would be too many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if 3 * (last - first) <= 2 * BARS else (1,)
    marks = [clean(step * 10.0**power) for power in range(first, last + 1) for step in steps]
    below = max((index for index, mark in enumerate(marks) if mark <= low), default=0)
    above = next((index for index, mark in enumerate(marks) if mark >= high), len(marks) - 1)
    return tuple(marks[below : above + 1])


def linear_edges(low: float, high: float) -> tuple[float, ...]:
    """Return multiples of a round step; a single value stands in the middle of a few."""
    spread = (high - low) or abs(low) or 1.0
    step = round_up(spread / BARS)
    first, last = math.floor(low / step), math.ceil(high / step)
    if last - first < 2:
        first, last = first - 1, last + 1
    return tuple(clean(number * step) for number in range(first, last + 1))


def round_up(value: float) -> float:
    """Return the next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        (step * power for step in (1, 2, 5) if step * power >= value * (1 - 1e-9)), 10 * power
    )


def clean(value: float) -> float:
    """Drop the digits that binary fractions leave behind."""
    return float(f"{value:.12g}")
