"""Meters: a burst at once, then a rate, and what is owed is waited for."""

import pytest

from core.budgets import Rate
from core.metering.pacing import Meter, SharedByKey


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_waits_for_nothing_and_the_next_does(clock: Clock) -> None:
    meter = Meter(Rate(per_second=10, burst=5), clock)
    assert [meter.charge(1) for _ in range(5)] == [0.0] * 5
    assert meter.charge(1) == pytest.approx(0.1)
    assert meter.charge(1) == pytest.approx(0.2)


def test_a_bucket_fills_again_and_no_further_than_its_burst(clock: Clock) -> None:
    meter = Meter(Rate(per_second=10, burst=5), clock)
    meter.charge(5)
    clock.now += 1000
    assert meter.charge(5) == 0.0
    assert meter.charge(1) > 0


def test_an_amount_beyond_the_bucket_is_paid_off(clock: Clock) -> None:
    meter = Meter(Rate(per_second=10, burst=5), clock)
    assert meter.charge(25) == pytest.approx(2.0)
    clock.now += 2.0
    assert meter.charge(0) == 0.0


def test_whoever_is_over_the_rate_gets_the_rate(clock: Clock) -> None:
    meter = Meter(Rate(per_second=100, burst=10), clock)
    start, count = clock.now, 0
    while clock.now < start + 10:
        clock.now += meter.charge(7)
        count += 7
    assert count == pytest.approx(1000, rel=0.05)


def test_one_key_has_one_object_until_nobody_holds_it() -> None:
    shared = SharedByKey(lambda: Meter(Rate(1, 1)))
    first = shared.get("ada")
    assert shared.get("ada") is first
    assert shared.get("eve") is not first
    first.charge(1)
    del first
    assert shared.get("ada").charge(1) == 0.0
