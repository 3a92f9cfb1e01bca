"""Checks: pure functions of a check's declaration and the stored evidence. No request, no database, no engine.

To add a kind: its model in curriculum/checkspec.py, a collector in evidence.py, and a judge here.
"""

import os
import re
import signal
from collections.abc import Iterable
from dataclasses import dataclass

from curriculum.checkspec import CheckSpec, CommandCheck, FileCheck, ProcessCheck, TextCheck
from grading.document import Bytes, CommandEvidence, Evidence, FileEvidence, packed_size, unpack_text
from grading.errors import EvidenceMissing

# What a student is shown of a text, in characters.
SHOWN = 160

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


@dataclass(frozen=True)
class CheckResult:
    """What came of one check: `earned` of `points`. `message` (empty when passed) and `read` are the author's words;
    `expected` and `found` are bounded and hold printable characters only."""

    check: str
    passed: bool
    points: int
    earned: int
    expected: str
    found: str
    message: str
    read: str


@dataclass(frozen=True)
class Finding:
    """What a judge says."""

    passed: bool
    expected: str
    found: str


def evaluate(check: CheckSpec, evidence: Evidence) -> CheckResult:
    """Hold one check against the evidence. Raises EvidenceMissing when what it looks at was not gathered."""
    if isinstance(check, FileCheck):
        finding = _judge_file(check, evidence)
    elif isinstance(check, CommandCheck):
        finding = _judge_command(check, evidence)
    else:
        finding = _judge_process(check, evidence)
    return CheckResult(
        check=check.id,
        passed=finding.passed,
        points=check.points,
        earned=check.points if finding.passed else 0,
        expected=finding.expected,
        found=finding.found,
        message="" if finding.passed else check.message,
        read=check.read,
    )


def evaluate_all(checks: Iterable[CheckSpec], evidence: Evidence) -> list[CheckResult]:
    """The results in the order of the checks. Raises EvidenceMissing; then nothing is graded."""
    return [evaluate(check, evidence) for check in checks]


def printable(text: str, limit: int = SHOWN) -> str:
    """At most `limit` characters of a student's text, each of them visible: escapes stand for the rest."""
    shown = text[:limit] + ("…" if len(text) > limit else "")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def quoted(text: str) -> str:
    """A student's text as a part of a sentence."""
    return f"“{printable(text.strip())}”" if text.strip() else "nothing but white space" if text else "nothing"


# --- Files --------------------------------------------------------------------------------------------------------


def _judge_file(check: FileCheck, evidence: Evidence) -> Finding:
    fact = evidence["files"].get(check.path)
    if fact is None:
        raise EvidenceMissing(evidence["errors"].get(f"file {check.path}", f"{check.path} was not looked at."))
    expected = f"{check.path} holds {_expected_content(check)}"
    text, found = _file_text(fact)
    if text is None:
        return Finding(passed=False, expected=expected, found=found)
    return Finding(passed=_content_holds(check, text, evidence), expected=expected, found=found)


def _file_text(fact: FileEvidence) -> tuple[str | None, str]:
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
    return FACT_NAMES[check.equals_fact] if check.equals_fact else _expected_text(check)


def _content_holds(check: FileCheck, text: str, evidence: Evidence) -> bool:
    if check.equals_fact is None:
        return _text_holds(check, text)
    if check.equals_fact not in evidence["facts"]:
        raise EvidenceMissing(evidence["errors"].get("facts", "The machine was not measured."))
    return _is_fact(text.strip(), evidence["facts"][check.equals_fact])


def _is_fact(text: str, fact: str | float) -> bool:
    """Whether a text is the measured value; 0.50 and 0.5 are the same number."""
    if isinstance(fact, str):
        return text == fact
    return re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text) is not None and float(text) == float(fact)


# --- Text ---------------------------------------------------------------------------------------------------------


def _expected_text(check: TextCheck) -> str:
    if check.equals is not None:
        return quoted(check.equals)
    if check.contains is not None:
        return f"a text with {quoted(check.contains)} in it"
    return f"a text that matches the pattern {printable(check.matches or '')}"


def _text_holds(check: TextCheck, text: str) -> bool:
    if check.equals is not None:
        return text.strip() == check.equals.strip()
    if check.contains is not None:
        return check.contains.strip() in text
    if check.matches is not None:
        return re.search(check.matches, text, re.MULTILINE) is not None
    return True


# --- Commands -----------------------------------------------------------------------------------------------------


def _judge_command(check: CommandCheck, evidence: Evidence) -> Finding:
    fact = evidence["commands"].get(check.id)
    if fact is None or fact.get("argv") != list(check.argv):
        raise EvidenceMissing(evidence["errors"].get("commands", f"The command of {check.id} was not run."))
    expected = _expected_command(check)
    failure = _command_failure(check, fact)
    if failure:
        return Finding(passed=False, expected=expected, found=failure)
    text = unpack_text(fact["stdout"])
    if text is None:
        found = f"it printed {packed_size(fact['stdout'])} bytes that are not text"
        return Finding(passed=not check.matchers(), expected=expected, found=found)
    return Finding(passed=_text_holds(check, text), expected=expected, found=f"it printed {quoted(text)}")


def _expected_command(check: CommandCheck) -> str:
    command = printable(" ".join(check.argv))
    printed = f" and prints {_expected_text(check)}" if check.matchers() else ""
    return f"`{command}` ends with exit code {check.exit_code}{printed}"


def _command_failure(check: CommandCheck, fact: CommandEvidence) -> str:
    """What was wrong with the way it ended, or nothing."""
    if fact["error"] is not None:
        return f"it could not be started: {os.strerror(fact['error'])}"
    if fact["timed_out"]:
        return f"it had not ended after {check.timeout_seconds} seconds"
    if fact["truncated"]:
        return f"it printed more than is read, beginning with {_beginning(fact['stdout'])}"
    if fact["exit_code"] is None:
        return f"it was ended by signal {_signal_name(fact['signal'])}"
    if fact["exit_code"] != check.exit_code:
        return f"it ended with exit code {fact['exit_code']}{_complaint(fact['stderr'])}"
    return ""


def _beginning(packed: Bytes) -> str:
    text = unpack_text(packed)
    return "bytes that are not text" if text is None else quoted(text)


def _complaint(stderr: Bytes) -> str:
    text = (unpack_text(stderr) or "").strip()
    return f" and the complaint {quoted(text)}" if text else ""


def _signal_name(number: int | None) -> str:
    names = {known.value: known.name for known in signal.Signals}
    return names.get(number or 0, str(number))


# --- Processes ----------------------------------------------------------------------------------------------------


def _judge_process(check: ProcessCheck, evidence: Evidence) -> Finding:
    processes = evidence["processes"]
    if processes is None:
        raise EvidenceMissing(evidence["errors"].get("processes", "The machine's processes were not looked at."))
    named = [process["args"] for process in processes if process["command"] == check.command]
    fitting = [args for args in named if _args_fit(check, args)]
    return Finding(
        passed=len(fitting) >= check.min_count,
        expected=_expected_processes(check),
        found=_found_processes(check, named, fitting, {process["command"] for process in processes}),
    )


def _args_fit(check: ProcessCheck, args: str) -> bool:
    return check.args_match is None or re.search(check.args_match, args) is not None


def _expected_processes(check: ProcessCheck) -> str:
    count = "a running process" if check.min_count == 1 else f"{check.min_count} running processes"
    fitting = f" whose command line matches {printable(check.args_match)}" if check.args_match else ""
    return f"{count} named {check.command}{fitting}"


def _found_processes(check: ProcessCheck, named: list[str], fitting: list[str], names: set[str]) -> str:
    if fitting:
        return f"{len(fitting)} of them, the first started as {quoted(fitting[0])}"
    if named:
        return f"{check.command} running as {quoted(named[0])}"
    return f"none among those that run: {printable(', '.join(sorted(names)))}"
