"""The scripts of one exercise, between its files and its spec: `setup.sh`, `solution.sh`, and `wrong/<check>-<what>.sh`
with a line `# fails: <check>` at the top. Paths are seen from the exercise's folder."""

import re
from collections.abc import Mapping
from typing import Any

from curriculum.loader.sources import Location
from curriculum.schema.specs import ExerciseSpec, WrongAnswer

_FAILS = re.compile(r"^#[ \t]*fails:[ \t]*(?P<id>\S+)[ \t]*$")
_WRONG = re.compile(r"^wrong/(?P<stem>[^/]+)\.sh$")
_HEADER_LINES = 5


def failing_check_in(text: str) -> tuple[str, int]:
    """The check id that a wrong answer's head names, and the line; ("", 1) when it names none."""
    for number, line in enumerate(text.splitlines()[:_HEADER_LINES], start=1):
        if match := _FAILS.match(line):
            return match["id"], number
    return "", 1


def scripts_in(contents: Mapping[str, bytes]) -> dict[str, Any]:
    """The fields of an ExerciseSpec that its scripts give. A wrong answer that is not named as it must be is left out:
    `check_lessons` says what is wrong with it."""
    texts = {path: content.decode(errors="replace") for path, content in contents.items() if path.endswith(".sh")}
    wrong = [answer for path in sorted(texts) if (answer := _wrong_answer(path, texts[path]))]
    return {"setup": texts.get("setup.sh", ""), "solution": texts.get("solution.sh", ""), "wrong": wrong}


def _wrong_answer(path: str, text: str) -> dict[str, str] | None:
    match, check = _WRONG.match(path), failing_check_in(text)[0]
    if not match or not check or not match["stem"].startswith(f"{check}-"):
        return None
    return {"check": check, "what": match["stem"].removeprefix(f"{check}-"), "script": text}


def script_path(spec: ExerciseSpec, place: Location) -> str:
    """Where the script is that a place in the spec, as in ("wrong", 0, "script"), is about."""
    if place[0] != "wrong":
        return f"{place[0]}.sh"
    answer = spec.wrong[int(place[1])]
    return f"wrong/{answer.check}-{answer.what}.sh"


def script_files(spec: ExerciseSpec, old: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """What has to be written so that the files say what the spec does; None for those that go."""
    before = _files(ExerciseSpec.model_construct(**_typed(scripts_in(old))))
    after = _files(spec)
    gone: dict[str, bytes | None] = {path: None for path in before if path not in after}
    return gone | {path: content for path, content in after.items() if before.get(path) != content}


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"wrong": tuple(WrongAnswer.model_construct(**answer) for answer in fields["wrong"])}


def _files(spec: ExerciseSpec) -> dict[str, bytes]:
    texts = {"setup.sh": spec.setup, "solution.sh": spec.solution}
    texts |= {f"wrong/{answer.check}-{answer.what}.sh": _headed(answer) for answer in spec.wrong}
    return {path: _ended(text).encode() for path, text in texts.items() if text.strip()}


def _headed(answer: WrongAnswer) -> str:
    """The script with the line that names its check."""
    named, line = failing_check_in(answer.script)
    if named == answer.check:
        return answer.script
    lines = answer.script.splitlines()
    if named:
        del lines[line - 1]
    at = 1 if lines and lines[0].startswith("#!") else 0
    return "\n".join([*lines[:at], f"# fails: {answer.check}", *lines[at:]])


def _ended(text: str) -> str:
    """As a file ends, and with the line ends that forms send; a file that differs in no more is left as it is."""
    text = text.replace("\r\n", "\n")
    return text if text.endswith("\n") else text + "\n"


def wrong_faults(spec: ExerciseSpec) -> list[tuple[str, str]]:
    """The wrong answers that no file could stand for: field and message of each."""
    ids = [check.id for check in spec.checks]
    names = [(answer.check, answer.what) for answer in spec.wrong]
    faults = []
    for index, (check, what) in enumerate(names):
        if check not in ids:
            faults.append((f"wrong[{index}].check", f"there is no check {check}; known are {', '.join(sorted(ids))}"))
        elif (check, what) in names[:index]:
            faults.append((f"wrong[{index}].what", f"{check}-{what} is there twice"))
    return faults
