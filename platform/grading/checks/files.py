"""Judges of files."""

import re

from curriculum.checkspec import FileCheck
from grading.checks.base import Finding, expected_text, quoted, text_holds
from grading.document import Evidence, FileEvidence, unpack_text
from grading.errors import EvidenceMissing

# What each fact is called in front of a student. Its value is not shown: it is the answer.
FACT_NAMES = {
    "kernel": "the release of the kernel that this machine runs on",
    "memory_bytes": "this machine's memory limit in bytes",
    "pids_max": "the number of processes that this machine may have",
    "cpus": "the number of processor cores that this machine may use",
    "hostname": "this machine's host name",
    "init": "the name of this machine's first process",
}

NOT_REGULAR = {
    "missing": "no file of that name",
    "directory": "a folder",
    "symlink": "a symbolic link; write a regular file",
    "other": "something that is not a regular file (a pipe, a socket or a device)",
}


def judge_file(check: FileCheck, evidence: Evidence) -> Finding:
    fact = evidence["files"].get(check.path)
    if fact is None:
        raise EvidenceMissing(evidence["errors"].get(f"file {check.path}", f"{check.path} was not looked at."))
    expected = f"{check.path} holds {_expected_content(check)}"
    text, found = file_text(fact)
    if text is None:
        return Finding(passed=False, expected=expected, found=found)
    return Finding(passed=_content_holds(check, text, evidence), expected=expected, found=found)


def file_text(fact: FileEvidence) -> tuple[str | None, str]:
    """The file's text if it is one, and what to call what was found."""
    if fact["kind"] != "regular":
        return None, NOT_REGULAR.get(fact["kind"], NOT_REGULAR["other"])
    if fact["truncated"] or fact["content"] is None:
        return None, f"a file of {fact['size']} bytes, too large to be the answer"
    text = unpack_text(fact["content"])
    if text is None:
        return None, f"a file of {fact['size']} bytes that are not text"
    return text, quoted(text)


def _expected_content(check: FileCheck) -> str:
    return FACT_NAMES[check.equals_fact] if check.equals_fact else expected_text(check)


def _content_holds(check: FileCheck, text: str, evidence: Evidence) -> bool:
    if check.equals_fact is None:
        return text_holds(check, text)
    if check.equals_fact not in evidence["facts"]:
        raise EvidenceMissing(evidence["errors"].get("facts", "The machine was not measured."))
    return _is_fact(text.strip(), evidence["facts"][check.equals_fact])


def _is_fact(text: str, fact: str | float) -> bool:
    """Whether a text is the measured value; 0.50 and 0.5 are the same number."""
    if isinstance(fact, str):
        return text == fact
    return re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text) is not None and float(text) == float(fact)
