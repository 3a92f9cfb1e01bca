"""Refuse a check that its machine can't answer, and a command line in one word."""

from typing import Any

import pytest
from pydantic import ValidationError

from checks.registry import CHECK_KINDS

COMMON = {"id": "right", "message": "M", "read": "R"}


def check(**fields: Any):
    return CHECK_KINDS.adapter().validate_python(COMMON | fields)


@pytest.mark.parametrize(
    ("fields", "fitting"),
    [
        ({"kind": "vm", "running": True}, {"vm", "vm-resume", "hypervisor"}),
        ({"kind": "guest", "ask": "true", "equals": "1"}, {"vm", "vm-resume"}),
        ({"kind": "container", "name": "web"}, {"docker"}),
        ({"kind": "image", "name": "web"}, {"docker"}),
        ({"kind": "network", "name": "net"}, {"docker"}),
        ({"kind": "volume", "name": "data"}, {"docker"}),
        ({"kind": "compose", "project": "app", "services": ["web"]}, {"docker"}),
        ({"kind": "history", "event": "image-pulled"}, {"docker"}),
        ({"kind": "registry", "repository": "app"}, {"docker"}),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_check_fits_machines_that_can_answer_it(fields, fitting):
    kinds = ["linux", "docker", "vm", "vm-resume", "hypervisor"]
    faults = {kind: check(**fields).machine_fault(kind) for kind in (*kinds, None)}
    assert {kind for kind, fault in faults.items() if fault is None} == fitting
    field, message = faults[None]
    assert field == "kind"
    assert message.endswith("this one has an image of its own")
    assert all(kind in message for kind in fitting)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "file", "path": "/root/a", "type": "regular"},
        {"kind": "command", "argv": ["true"]},
        {"kind": "vm", "disk": "/root/d", "disk_format": "raw"},
    ],
)
def test_a_check_of_the_disk_fits_any_machine(fields):
    assert check(**fields).machine_fault("linux") is None
    assert check(**fields).machine_fault(None) is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "command", "argv": ["docker ps"]}, ("argv", 0)),
        ({"kind": "container", "name": "web", "args": ["sleep 3"]}, ("args", 0)),
        ({"kind": "image", "name": "web", "entrypoint": ["/bin/sh -c", "ls"]}, ("entrypoint", 0)),
        ({"kind": "image", "name": "web", "cmd": ["a\tb"]}, ("cmd", 0)),
    ],
)
def test_a_command_line_in_one_word_is_refused(fields, place):
    with pytest.raises(ValidationError) as caught:
        check(**fields)
    (error,) = caught.value.errors()
    assert error["ctx"]["at"] == place
    assert "give each word an entry of its own" in error["msg"]


@pytest.mark.parametrize("argv", [["{{ program }}", "-l"], ["/opt/{{ name }}"], ["ls", "my file"]])
def test_a_placeholder_and_later_words_may_have_spaces(argv):
    assert check(kind="command", argv=argv).argv == tuple(argv)


def test_a_container_that_should_be_absent_may_have_empty_lists():
    """As forms send them."""
    absent = {"kind": "container", "name": "web", "state": "absent"}
    assert check(**absent, args=[], ports=[]).state == "absent"
    with pytest.raises(ValidationError) as caught:
        check(**absent, ports=["80"])
    assert caught.value.errors()[0]["ctx"]["at"] == ("ports",)


def test_an_exit_code_is_named_where_it_stands():
    with pytest.raises(ValidationError) as caught:
        check(kind="container", name="web", ended_with=1)
    assert caught.value.errors()[0]["ctx"]["at"] == ("ended_with",)
