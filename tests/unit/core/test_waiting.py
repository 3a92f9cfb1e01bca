"""Waiting for what another process brings about."""

import pytest

from core.waiting import wait_until, with_retries


def test_first_true_result_is_returned() -> None:
    results = iter([None, 0, "done"])
    assert wait_until(lambda: next(results), seconds=5, poll_seconds=0) == "done"


def test_false_result_is_returned_when_the_time_is_over() -> None:
    assert wait_until(lambda: None, seconds=0, poll_seconds=0) is None


def test_action_is_tried_again_until_it_succeeds() -> None:
    attempts = []

    def action() -> int:
        attempts.append(1)
        if len(attempts) < 3:
            raise FileNotFoundError
        return len(attempts)

    assert with_retries(action, retry_on=OSError, seconds=5, poll_seconds=0) == 3


def test_last_error_is_raised_when_the_time_is_over() -> None:
    def action() -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        with_retries(action, retry_on=OSError, seconds=0, poll_seconds=0)


def test_other_errors_are_not_retried() -> None:
    def action() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        with_retries(action, retry_on=OSError, seconds=60)
