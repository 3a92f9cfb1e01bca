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
# How many bars there are from 0 on; more than twice as many of 1, 2, 5 are made whole decades.
BARS, HALF = 10, 5


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
    """Return 1, 2, 5, 10, … from one power of ten to another, or nothing but powers of ten."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if 3 * (last - first) <= 2 * BARS else (1,)
    marks = [clean(step * 10.0**power) for power in range(first, last) for step in steps]
    return (*marks, clean(10.0**last))


def linear_edges(low: float, high: float) -> tuple[float, ...]:
    """Return multiples of a round step from 0 on, five or ten of them, so that marks are even.

    Where there are values below 0, it is as many on either side as it takes.
    """
    largest = max(abs(low), abs(high)) or 1.0
    step = round_up(largest / BARS)
    last = next(count for count in (HALF, BARS) if count * step >= largest * (1 - 1e-9))
    first = 0 if low >= 0 else -last
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
