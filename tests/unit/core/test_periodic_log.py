"""Tasks that beat sends every few seconds stay out of the log, unless something is wrong."""

import logging
from typing import Any

import pytest

from config.celery import app
from core.logging.configuration import logging_configuration
from core.logging.periodic import PeriodicFilter

PERIODIC = [entry["task"] for entry in app.conf.beat_schedule.values()]


def line(name: str, level: int = logging.INFO, **fields: Any) -> logging.LogRecord:
    record = logging.LogRecord("celery.app.trace", level, "", 0, "Task", (), None)
    vars(record).update({"data": {"name": name}, **fields})
    return record


@pytest.mark.parametrize("name", PERIODIC)
def test_what_beat_sends_is_left_out(name):
    assert not PeriodicFilter().filter(line(name))


@pytest.mark.parametrize("name", PERIODIC)
def test_that_one_came_too_late_is_left_out(name):
    text = "Discarding revoked task: %s[%s]"
    record = logging.LogRecord("celery.worker.request", logging.INFO, "", 0, text, (name, 1), None)
    assert not PeriodicFilter().filter(record)


@pytest.mark.parametrize("name", PERIODIC)
def test_what_goes_wrong_with_it_stays(name):
    assert PeriodicFilter().filter(line(name, logging.ERROR))
    assert PeriodicFilter().filter(line(name, logging.WARNING))


def test_other_tasks_and_other_lines_stay():
    assert PeriodicFilter().filter(line("grading.grade"))
    assert PeriodicFilter().filter(line("", data=None))


def test_debugging_leaves_nothing_out():
    enabled = {
        level: logging_configuration(level, "line")["filters"]["periodic"]["enabled"]
        for level in ("DEBUG", "INFO")
    }
    assert enabled == {"DEBUG": False, "INFO": True}
