"""Judges of what a command prints and of what runs."""

import os
import signal

from checks.evidence.schema import Bytes, CommandEvidence, Evidence, packed_size, unpack_text
from checks.judges import patterns
from checks.judges.base import (
    Finding,
    expected_text,
    found_text,
    printable,
    quoted,
    text_share,
)
from checks.specs import CommandCheck, ProcessCheck
from grading.errors import EvidenceMissing


def judge_command(check: CommandCheck, evidence: Evidence) -> Finding:
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
    share = text_share(check, text)
    return Finding(passed=share == 1, expected=expected, found=f"it printed {found_text(check, text)}", share=share)


def _expected_command(check: CommandCheck) -> str:
    command = printable(" ".join(check.argv))
    printed = f" and prints {expected_text(check)}" if check.matchers() else ""
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


def judge_process(check: ProcessCheck, evidence: Evidence) -> Finding:
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
    return check.args_match is None or patterns.found(check.args_match, args)


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
