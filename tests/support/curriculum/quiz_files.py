"""A quiz with a question of each kind, as files."""

QUIZ_TEXT = """\
---
title: Say it back
---
What have you seen?
"""
QUIZ = """\
# A question of each kind.

[[questions]]
kind = "single"
id = "kernel"
points = 2
text = "Whose kernel answers in a *container*?"
message = "Look at `uname -r` again."
explanation = "There is only one."
read = "One kernel"

[[questions.options]]
text = "The host's"
right = true
explanation = "It has none of its own."

[[questions.options]]
text = "Its own"   # the classic
explanation = "That would be a virtual machine."

[[questions.options]]
text = "None of these"
pinned = true

[[questions]]
kind = "multiple"
id = "own"
points = 4
text = "What does a container have of its own?"
options = [
  { text = "Files", right = true },
  { text = "Process numbers", right = true },
  { text = "A kernel" },
  { text = "A BIOS" },
]

[[questions]]
kind = "number"
id = "size"
text = "How much is it?"
answer = 1
unit = "GiB"

[[questions]]
kind = "short-text"
id = "command"
text = "Which command prints it?"
accepted = ["uname -r", "uname  --kernel-release"]
matches = '(/usr)?/bin/uname -r'

[[questions]]
kind = "order"
id = "boot"
points = 3
text = "In which order does a computer start?"
items = ["firmware", "boot loader", "`kernel`", "init"]

[[questions]]
kind = "match"
id = "cut"
points = 3
text = "What belongs to what?"
extra = ["nothing"]

[[questions.pairs]]
left = "VM"
right = "own kernel"

[[questions.pairs]]
left = "Container"
right = "the host's kernel"

[[questions.pairs]]
left = "chroot"
right = "the host's kernel"
"""
FOLDER = "boxes/01-first/exercises/said"
FILES = {f"{FOLDER}/exercise.md": QUIZ_TEXT, f"{FOLDER}/exercise.toml": QUIZ}
PLACED = "\n::: exercise said\n"
