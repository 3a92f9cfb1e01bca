"""What a lesson's exercises want done in a sandbox's machines before its student begins."""

import shlex
from typing import Any

from core.signals import Preparation, preparations_wanted
from sandboxes.models import Machine, Sandbox


def command_line(script: str) -> list[str]:
    """How a script is run: by the program that its first line names, or by sh. A file of it is never made, so that it
    can't be among what is graded."""
    first = script.partition("\n")[0]
    program = shlex.split(first[2:]) if first.startswith("#!") else ["sh"]
    return [*program, "-c", script]


def wanted(sandbox: Sandbox) -> list[Preparation]:
    """All of it, in the exercises' order. One query."""
    asked: dict[str, Any] = {"user_id": sandbox.user_id, "lesson_key": sandbox.lesson_key}
    answers: list[tuple[Any, Any]] = preparations_wanted.send(sender=None, **asked)
    return [one for _, answer in answers for one in answer]


def untried(sandbox: Sandbox) -> list[tuple[Machine, Preparation]]:
    """What has not been tried yet, each with its machine, of those that run."""
    asked = wanted(sandbox)
    running = sandbox.machines.select_related("host").filter(state=Machine.State.CLAIMED) if asked else ()
    machines = {machine.name: machine for machine in running}
    found = [(machines[one.machine], one) for one in asked if one.machine in machines]
    return [(machine, one) for machine, one in found if one.exercise not in machine.prepared]
