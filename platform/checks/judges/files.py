"""Judges of files."""

import re
from fractions import Fraction

from checks.evidence.schema import Evidence, FileEvidence, unpack_text
from checks.judges.base import Finding, expected_text, found_text, quoted, text_share
from checks.specs import FileCheck
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

TYPES = {"any": "something", "regular": "a regular file", "directory": "a folder", "symlink": "a symbolic link"}
FOUND = {
    **TYPES,
    "missing": "nothing of that name",
    "held": "a regular file",
    "other": "something that is neither a file nor a folder (a pipe, a socket or a device)",
}
# Where there has to be a regular file.
NOT_REGULAR = {
    "missing": "no file of that name",
    "directory": "a folder",
    "symlink": "a symbolic link; write a regular file",
    "other": "something that is not a regular file (a pipe, a socket or a device)",
    "held": "a file that one of your programs keeps for itself by a lease; end that program",
}


def judge_file(check: FileCheck, evidence: Evidence) -> Finding:
    fact = evidence["files"].get(check.path)
    if fact is None:
        raise EvidenceMissing(evidence["errors"].get(f"file {check.path}", f"{check.path} was not looked at."))
    expected = f"{check.path} {_expected(check)}"
    if not check.exists:
        return Finding(passed=fact["kind"] == "missing", expected=expected, found=FOUND[fact["kind"]])
    unfit = _unfit(check, fact)
    if unfit or not check.matchers():
        return Finding(passed=not unfit, expected=expected, found=unfit or _described(fact))
    return _judge_content(check, fact, evidence, expected)


def _expected(check: FileCheck) -> str:
    """What the path has to be, as the end of a sentence that begins with it."""
    if not check.exists:
        return "does not exist"
    parts = [f"is {TYPES[check.type]}"] if check.type else []
    parts += [f"has the mode {check.mode}"] if check.mode else []
    parts += [] if check.owner is None else [f"belongs to user {check.owner}"]
    parts += [f"holds {_expected_content(check)}"] if check.matchers() else []
    return " and ".join(parts)


def _unfit(check: FileCheck, fact: FileEvidence) -> str:
    """What is wrong with it besides its content, or nothing."""
    if fact["kind"] == "missing":
        return NOT_REGULAR["missing"] if check.matchers() else FOUND["missing"]
    if check.type not in (None, "any", _type(fact)):
        return FOUND[fact["kind"]]
    if check.mode is not None and fact["mode"] != int(check.mode, 8):
        return f"the mode {fact['mode']:04o}"
    return "" if check.owner in (None, fact["uid"]) else f"user {fact['uid']} as its owner"


def _type(fact: FileEvidence) -> str:
    return "regular" if fact["kind"] == "held" else fact["kind"]


def _described(fact: FileEvidence) -> str:
    return f"{FOUND[fact['kind']]} with the mode {fact['mode']:04o} that belongs to user {fact['uid']}"


def _judge_content(check: FileCheck, fact: FileEvidence, evidence: Evidence, expected: str) -> Finding:
    text, found = file_text(fact)
    if text is None:
        return Finding(passed=False, expected=expected, found=found)
    share = _content_share(check, text, evidence)
    return Finding(passed=share == 1, expected=expected, found=found_text(check, text), share=share)


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


def _content_share(check: FileCheck, text: str, evidence: Evidence) -> Fraction:
    if check.equals_fact is None:
        return text_share(check, text)
    if check.equals_fact not in evidence["facts"]:
        raise EvidenceMissing(evidence["errors"].get("facts", "The machine was not measured."))
    return Fraction(_is_fact(text.strip(), evidence["facts"][check.equals_fact]))


def _is_fact(text: str, fact: str | float) -> bool:
    """Whether a text is the measured value; 0.50 and 0.5 are the same number."""
    if isinstance(fact, str):
        return text == fact
    return re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text) is not None and float(text) == float(fact)
