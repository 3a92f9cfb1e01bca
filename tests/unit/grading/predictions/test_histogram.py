"""Bars with round edges for any values of a class."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.predictions.histogram import Scale, count, scale_for


@pytest.mark.parametrize(
    ("values", "log", "edges"),
    [
        ([7.0], False, range(11)),
        ([0.0], False, (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)),
        ([3, 12], False, range(0, 21, 2)),
        ([100, 110], False, range(0, 201, 20)),
        ([30, 25], False, range(0, 51, 5)),
        ([22, 20], False, range(0, 26, 5)),
        ([-3, 12], False, range(-20, 21, 2)),
        ([0, 100], False, (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)),
        ([3, 90], True, (1, 2, 5, 10, 20, 50, 100)),
        ([0.05, 40], True, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)),
        ([0.002, 3e9], True, tuple(10.0**power for power in range(-3, 11))),
    ],
)
def test_scale_has_round_edges(values: list[float], log: bool, edges: tuple[float, ...]) -> None:
    assert scale_for(values) == Scale(log, tuple(float(edge) for edge in edges))


@given(st.lists(st.floats(0, 1e9).filter(lambda x: x == 0 or x > 1e-9), min_size=1))
def test_a_linear_scale_begins_at_nothing_and_has_even_steps(values: list[float]) -> None:
    scale = scale_for(values)
    if not scale.log:
        assert scale.edges[0] == 0
        assert len(scale.edges) in (6, 11)


def test_values_are_counted_between_edges() -> None:
    assert count([0, 9.9, 10, 20], Scale(log=False, edges=(0, 10, 20))) == [2, 2]


def test_five_hundred_fit_a_dozen_bars() -> None:
    drawn = random.Random(4)
    values = [drawn.lognormvariate(2, 1.5) for _ in range(500)]
    scale = scale_for(values)
    assert scale.log
    assert len(scale.edges) <= 22
    assert sum(count(values, scale)) == 500


@given(
    st.lists(
        st.floats(-1e12, 1e12, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9),
        min_size=1,
    )
)
def test_every_value_has_its_place(values: list[float]) -> None:
    scale = scale_for(values)
    assert list(scale.edges) == sorted(set(scale.edges))
    assert 2 <= len(scale.edges) <= 30
    assert sum(count(values, scale)) == len(values)
