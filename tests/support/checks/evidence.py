"""Checks and evidence for tests, with what does not matter filled in."""

from typing import Any

from checks.command import CommandCheck
from checks.evidence.packing import pack_bytes
from checks.evidence.schema import (
    CommandEvidence,
    Evidence,
    FileEvidence,
    PortEvidence,
    ProcessEvidence,
    empty_evidence,
)
from checks.file import FileCheck
from checks.measurement import MeasurementCheck
from checks.port import PortCheck
from checks.process import ProcessCheck
from checks.script import ScriptCheck

WORDS = {"message": "Look again.", "read": "Processes"}


def file_check(**fields: Any) -> FileCheck:
    return FileCheck(**{"id": "file", "points": 2, "path": "/root/answer", **WORDS, **fields})


def command_check(**fields: Any) -> CommandCheck:
    return CommandCheck(
        **{"id": "command", "points": 2, "argv": ("cat", "/root/answer"), **WORDS, **fields}
    )


def process_check(**fields: Any) -> ProcessCheck:
    return ProcessCheck(**{"id": "process", "points": 2, "command": "sleep", **WORDS, **fields})


def port_check(**fields: Any) -> PortCheck:
    return PortCheck(**{"id": "port", "points": 2, "port": 80, **WORDS, **fields})


def script_check(**fields: Any) -> ScriptCheck:
    return ScriptCheck(**{"id": "script", "points": 2, "script": "print()", **WORDS, **fields})


def port_seen(reply: bytes = b"", **fields: Any) -> PortEvidence:
    return PortEvidence(
        **{"open": True, "ended": True, "truncated": False, "reply": pack_bytes(reply), **fields}
    )


def evidence(**sections: Any) -> Evidence:
    return {**empty_evidence(), **sections}


def file_seen(content: bytes | None = b"42\n", **fields: Any) -> FileEvidence:
    packed = None if content is None else pack_bytes(content)
    observed = {
        "kind": "regular",
        "size": len(content or b""),
        "mode": 0o644,
        "uid": 0,
        "truncated": False,
    }
    return FileEvidence(**{**observed, "content": packed, **fields})


def command_seen(stdout: bytes = b"42\n", stderr: bytes = b"", **fields: Any) -> CommandEvidence:
    observed = {
        "argv": ["cat", "/root/answer"],
        "exit_code": 0,
        "signal": None,
        "error": None,
        "timed_out": False,
        "truncated": False,
    }
    return CommandEvidence(
        **{**observed, "stdout": pack_bytes(stdout), "stderr": pack_bytes(stderr), **fields}
    )


def process_seen(command: str, args: str = "") -> ProcessEvidence:
    return ProcessEvidence(pid=100, ppid=1, uid=0, command=command, args=args or command)


def measurement_check(**fields: Any) -> MeasurementCheck:
    check_fields = {
        "id": "memory",
        "points": 2,
        "path": "/root/answer",
        "of": "memory",
        "unit": "MiB",
        "within_percent": 10,
    }
    return MeasurementCheck(**{**check_fields, **WORDS, **fields})
