"""Know what exercises need done in a sandbox's machines, and what of it is undone.

Which scripts a lesson has is not known here: whoever knows lessons hands them down.
"""

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from sandboxes.models import Machine, Sandbox


class SetupScript(NamedTuple):
    """Hold a script that an exercise needs run in a machine before its student begins."""

    exercise: str  # its slug
    machine: str  # its name in the sandbox
    script: str


def command_line(script: str) -> list[str]:
    """Return how a script is run: by the program that its first line names, or by sh.

    A file of it is never made, so that it can't be among what is graded.
    """
    first = script.partition("\n")[0]
    program = shlex.split(first[2:]) if first.startswith("#!") else ["sh"]
    return [*program, "-c", script]


def untried_scripts(
    sandbox: Sandbox, setup_scripts: Sequence[SetupScript]
) -> list[tuple[Machine, SetupScript]]:
    """Return the scripts that were not tried yet in machines that run, each with its machine."""
    if not setup_scripts:
        return []
    claimed = sandbox.machines.select_related("host").filter(state=Machine.State.CLAIMED)
    machines = {machine.name: machine for machine in claimed}
    return [
        (machines[script.machine], script)
        for script in setup_scripts
        if script.machine in machines
        and script.exercise not in machines[script.machine].setup_results
    ]
