"""Hold the files of a small valid course."""

from collections.abc import Callable
from pathlib import Path

FOLDER = "boxes/01-first/exercises/kernel"
FIRST_CHECK = '\n[[checks]]\nkind = "file"'
COURSE = """\
title = "Course"
summary = "About boxes"
position = 3
"""
LESSON = """\
---
title: First
summary: One
minutes: 5
machines:
  - name: box
    kind: linux
---

Hello.

::: exercise kernel

Between.

::: exercise sleeper
"""
KERNEL_TEXT = """\
---
title: Which kernel?
machine: box
---

Write it down.
"""
KERNEL_CHECKS = """\
hints = [
  "Ask `uname`.",
  "Then *write*.",
]

[[checks]]
kind = "file"
id = "right"
points = 2
path = "/root/kernel"
equals_fact = "kernel"
message = "Not this kernel."
read = "The first part."

[[checks]]
kind = "command"
id = "short"
argv = ["wc", "-l", "/root/kernel"]
matches = '^1 '
describe = "/root/kernel has a single line."
message = "More than one line."
read = "The first part."
"""
SLEEPER_TEXT = """\
---
title: Sleep
machine: box
---
Start it.
"""
SLEEPER_CHECKS = """\
[[checks]]
kind = "process"
id = "runs"
command = "sleep"
args_match = '\\b300\\b'
describe = "A sleep of 300 seconds runs."
message = "No sleep runs."
read = "The second part."
"""
FILES = {
    "boxes/course.toml": COURSE,
    "boxes/01-first/lesson.md": LESSON,
    "boxes/01-first/exercises/kernel/exercise.md": KERNEL_TEXT,
    "boxes/01-first/exercises/kernel/exercise.toml": KERNEL_CHECKS,
    "boxes/01-first/exercises/kernel/solution.sh": "uname -r > /root/kernel\n",
    "boxes/01-first/exercises/kernel/wrong/right-old.sh": (
        "#!/bin/sh\n# fails: right\necho 2.6 > /root/kernel\n"
    ),
    "boxes/01-first/exercises/sleeper/exercise.md": SLEEPER_TEXT,
    "boxes/01-first/exercises/sleeper/exercise.toml": SLEEPER_CHECKS,
    "boxes/01-first/exercises/sleeper/solution.sh": "sleep 300 &\n",
    "boxes/01-first/exercises/sleeper/wrong/runs-short.sh": "# fails: runs\nsleep 3 &\n",
}
Edit = Callable[[str, str, str], None]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
