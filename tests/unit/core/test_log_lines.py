"""Log lines say what they belong to, for people and for programs."""

import json
import logging

import pytest

from core.logging import context
from core.logging.format import JsonFormatter, LineFormatter


def record_of(message="all is well"):
    record = logging.getLogger("harbour").makeRecord(
        "harbour", logging.INFO, "f", 1, message, (), None
    )
    context.ContextFilter().filter(record)
    return record


def test_json_names_request_user_and_sandbox():
    with context.fresh(request_id="r-12345678", user_id=7, sandbox_id="s"):
        entry = json.loads(JsonFormatter().format(record_of()))
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "INFO",
        "logger": "harbour",
        "message": "all is well",
        "request_id": "r-12345678",
        "user_id": "7",
        "sandbox_id": "s",
    }


def test_lines_for_people_end_with_it():
    with context.fresh(request_id="r-12345678"):
        assert (
            LineFormatter()
            .format(record_of())
            .endswith("INFO harbour all is well [request_id=r-12345678]")
        )
    assert LineFormatter().format(record_of()).endswith("INFO harbour all is well")


def test_json_keeps_a_message_of_many_lines_on_one():
    assert "\n" not in JsonFormatter().format(record_of("one\ntwo"))


def test_json_holds_the_traceback():
    try:
        raise ValueError("aground")
    except ValueError as error:
        record = record_of()
        record.exc_info = (ValueError, error, error.__traceback__)
    assert "ValueError: aground" in json.loads(JsonFormatter().format(record))["exception"]


def test_work_begins_without_what_held_outside():
    with context.fresh(request_id="outer"):
        with context.fresh(sandbox_id="s"):
            assert context.bound() == {"sandbox_id": "s"}
        assert context.bound() == {"request_id": "outer"}


@pytest.mark.parametrize("value", [None, "", lambda: None])
def test_what_is_not_known_is_left_out(value):
    with context.fresh(user_id=value):
        assert context.bound() == {}


def test_a_value_may_become_known_later():
    users = []
    with context.fresh(user_id=lambda: users[0] if users else None):
        assert context.bound() == {}
        users.append(3)
        assert context.bound() == {"user_id": "3"}
