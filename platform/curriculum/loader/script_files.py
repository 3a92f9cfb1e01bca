"""Turn the scripts of an exercise from files into its spec, and back.

They are `setup.sh`, `solution.sh`, and `wrong/<check>-<what>.sh` with a line `# fails: <check>` at
the top. Paths are seen from the exercise's folder.
"""

import re
from typing import Any

from curriculum.loader.contents import Contents, decode_text
from curriculum.schema.locations import Location
from curriculum.schema.specs import ExerciseSpec, WrongAnswer

FAILS_LINE = re.compile(r"^#[ \t]*fails:[ \t]*(?P<id>\S+)[ \t]*$")
WRONG_PATH = re.compile(r"^wrong/(?P<stem>[^/]+)\.sh$")
HEADER_LINES = 5


def failing_check_in(text: str) -> tuple[str, int]:
    """Return the check that a wrong answer's head names, and the line; ("", 1) without one."""
    for number, line in enumerate(text.splitlines()[:HEADER_LINES], start=1):
        if match := FAILS_LINE.match(line):
            return match["id"], number
    return "", 1


def scripts_in(contents: Contents) -> dict[str, Any]:
    """Return the fields of an ExerciseSpec that its scripts fill.

    A wrong answer that is not named as it must be is left out: `check_lessons` reports it.
    """
    scripts = {
        path: decode_text(content, errors="replace")
        for path, content in contents.items()
        if path.endswith(".sh")
    }
    return {
        "setup": scripts.get("setup.sh", ""),
        "solution": scripts.get("solution.sh", ""),
        "wrong": [
            answer for path in sorted(scripts) if (answer := wrong_answer(path, scripts[path]))
        ],
    }


def wrong_answer(path: str, text: str) -> dict[str, str] | None:
    """Return the fields of a WrongAnswer; None when the file is not named as one."""
    match, check = WRONG_PATH.match(path), failing_check_in(text)[0]
    if not match or not check or not match["stem"].startswith(f"{check}-"):
        return None
    return {"check": check, "what": match["stem"].removeprefix(f"{check}-"), "script": text}


def wrong_path(answer: WrongAnswer) -> str:
    """Return the path of a wrong answer's script."""
    return f"wrong/{answer.check}-{answer.what}.sh"


def script_path(spec: ExerciseSpec, location: Location) -> str:
    """Return the path of the script that a location such as ("wrong", 0, "script") is in."""
    if location[0] != "wrong":
        return f"{location[0]}.sh"
    return wrong_path(spec.wrong[int(location[1])])


def script_files(spec: ExerciseSpec, old: Contents) -> dict[str, bytes | None]:
    """Return an exercise's changed script files; None for a file to delete."""
    fields = scripts_in(old)
    fields["wrong"] = tuple(WrongAnswer.model_construct(**answer) for answer in fields["wrong"])
    before = format_scripts(ExerciseSpec.model_construct(**fields))
    after = format_scripts(spec)
    removed: dict[str, bytes | None] = {path: None for path in before if path not in after}
    return removed | {
        path: content for path, content in after.items() if before.get(path) != content
    }


def format_scripts(spec: ExerciseSpec) -> dict[str, bytes]:
    """Return all scripts of a spec as files. They end with a newline and have plain line ends."""
    texts = {"setup.sh": spec.setup, "solution.sh": spec.solution}
    texts |= {wrong_path(answer): with_fails_line(answer) for answer in spec.wrong}
    plain = {path: text.replace("\r\n", "\n") for path, text in texts.items() if text.strip()}
    return {
        path: (text if text.endswith("\n") else f"{text}\n").encode()
        for path, text in plain.items()
    }


def with_fails_line(answer: WrongAnswer) -> str:
    """Return a wrong answer's script with the line that names its check."""
    check, line = failing_check_in(answer.script)
    if check == answer.check:
        return answer.script
    lines = answer.script.splitlines()
    if check:
        del lines[line - 1]
    head = 1 if lines and lines[0].startswith("#!") else 0
    return "\n".join([*lines[:head], f"# fails: {answer.check}", *lines[head:]])


def wrong_answer_faults(spec: ExerciseSpec) -> list[tuple[str, str]]:
    """Find wrong answers that can't be stored as files: field and message of each."""
    ids = [check.id for check in spec.checks]
    names = [(answer.check, answer.what) for answer in spec.wrong]
    faults = []
    for index, (check, what) in enumerate(names):
        if check not in ids:
            message = f"there is no check {check}; known are {', '.join(sorted(ids))}"
            faults.append((f"wrong[{index}].check", message))
        elif (check, what) in names[:index]:
            faults.append((f"wrong[{index}].what", f"{check}-{what} is there twice"))
    return faults
