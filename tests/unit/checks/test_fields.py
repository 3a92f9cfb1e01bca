"""What a field of a check can't hold, whatever its kind."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.errors import EvidenceTooLarge
from checks.evidence.collector import check_size, checker_version
from checks.evidence.schema import empty_evidence
from checks.registry import CheckSpec

COMMON = {"id": "it", "message": "m", "read": "r"}
ANY: TypeAdapter[Any] = TypeAdapter(CheckSpec)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "file", "path": "root/answer", "equals": "1"}, "absolute path"),
        ({"kind": "file", "path": "/root/../etc", "equals": "1"}, "absolute path"),
        ({"kind": "file", "path": "/root/a\0", "equals": "1"}, "absolute path"),
        ({"kind": "command", "argv": ["cat", "a\0"]}, "NUL byte"),
        ({"kind": "command", "argv": [" "]}, "begin with a program"),
        ({"kind": "command", "argv": ["cat"], "matches": "("}, "not a regular expression"),
        ({"kind": "script", "script": "print("}, "is not Python"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ANY.validate_python(COMMON | fields)


def test_a_placeholder_is_no_fault_before_it_is_filled_in() -> None:
    fields = {"kind": "port", "port": "{{ port }}"}
    assert ANY.validate_python(COMMON | fields).port == "{{ port }}"
    with pytest.raises(ValidationError):
        ANY.validate_python(COMMON | {"kind": "port", "port": "eighty"})


def test_the_checkers_version_is_that_of_its_folder(tmp_path: Path) -> None:
    assert checker_version(tmp_path / "none") == ""
    (tmp_path / "checker").write_bytes(b"1")
    first = checker_version(tmp_path)
    (tmp_path / "checker").write_bytes(b"2")
    assert first != checker_version(tmp_path) != ""


def test_a_document_has_a_size() -> None:
    check_size(empty_evidence(), 10_000)
    with pytest.raises(EvidenceTooLarge, match="at most 10 can be kept"):
        check_size(empty_evidence(), 10)
