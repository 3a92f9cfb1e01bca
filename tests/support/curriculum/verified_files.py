"""Hold the files of a course that is verified in real machines and in fakes."""

LESSON = """\
---
title: First
minutes: 5
machines:
  - name: box
    kind: linux
---

## One

::: exercise write
"""
EXERCISE = "---\ntitle: Write\nmachine: box\n---\n\nWrite 42 to `/root/answer`.\n"
CHECKS = """hints = ["Use echo."]

[[checks]]
id = "answer"
kind = "file"
path = "/root/answer"
equals = "42"
message = "It is another."
read = "One"
"""
# What a script of these tests may say: `write TEXT`, `append TEXT`, `fail N`, `hang`.
GOOD = "write 42\n"
WRONG = "# fails: answer\nwrite 41\n"
