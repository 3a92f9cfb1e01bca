"""Run exercises' setup scripts in fresh machines, before their student gets them.

Which scripts a lesson has is not known here: whoever knows lessons hands them down. A machine
remembers what came of them, so a script runs once in it: again in the machine that a reset makes,
not after waking. It runs before the home from last time is put back, which thus wins over what the
script wrote there. A script whose worker was killed half-way is run again, once nobody can be
running it any more; it has to stand that.
"""

import logging
import shlex
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core.task_queue import queue_task
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.transitions import machine_lost

logger = logging.getLogger(__name__)

# No further script is begun after so many seconds of one task; another task goes on.
BEGIN_WITHIN_SECONDS = 20
# What ending a script, and this program, may take besides.
MARGIN_SECONDS = 15


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


def run_setup_scripts(sandbox: Sandbox, setup_scripts: Sequence[SetupScript]) -> bool:
    """Run what has not been tried yet, and return whether the student can be let in now.

    False: another worker is at it, or a task that was queued goes on. A script that fails keeps
    nobody out; its exercise can't be checked. Raises EngineUnavailable; a script may then still
    run, so nobody else goes on before its time is up.
    """
    if not untried_scripts(sandbox, setup_scripts):
        return True
    seconds = BEGIN_WITHIN_SECONDS + settings.SETUP_SECONDS + MARGIN_SECONDS
    if not acquire_lease(sandbox, timedelta(seconds=seconds)):
        return False
    # Read once more: somebody may have been quicker.
    done = _run_in_time(untried_scripts(sandbox, setup_scripts))
    release_lease(sandbox)
    if not done:
        queue_task("sandboxes.provision", str(sandbox.pk))
    return done


def acquire_lease(sandbox: Sandbox, duration: timedelta) -> bool:
    """Have a starting sandbox to oneself for so long; False when somebody else has it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    sandbox.leased_until = now + duration
    rows = Sandbox.objects.filter(free, pk=sandbox.pk, state=Sandbox.State.STARTING)
    return rows.update(leased_until=sandbox.leased_until) == 1


def release_lease(sandbox: Sandbox) -> None:
    """Let others have what acquire_lease() gave."""
    rows = Sandbox.objects.filter(pk=sandbox.pk, leased_until=sandbox.leased_until)
    rows.update(leased_until=None)


def _run_in_time(untried: Sequence[tuple[Machine, SetupScript]]) -> bool:
    """Run scripts until time is up or a machine turns out to be lost; False then."""
    end = time.monotonic() + BEGIN_WITHIN_SECONDS
    for machine, script in untried:
        if time.monotonic() > end:
            return False
        try:
            result = Machine.SETUP_DONE if succeeds(machine, script) else Machine.SETUP_FAILED
        except MachineMissing:
            machine_lost(machine)
            return False
        machine.setup_results = {**machine.setup_results, script.exercise: result}
        Machine.objects.filter(pk=machine.pk).update(setup_results=machine.setup_results)
    return True


def succeeds(machine: Machine, script: SetupScript) -> bool:
    """Whether a script ends with exit code 0. Raises EngineUnavailable, MachineMissing."""
    try:
        exit_code = engine_for(machine.host).run_script(
            machine.container_id, command_line(script.script), settings.SETUP_SECONDS
        )
    except (EngineUnavailable, MachineMissing):
        raise
    except EngineError:
        logger.exception(
            "machine %s: the setup of %s could not be run", machine.pk, script.exercise
        )
        return False
    if exit_code:
        logger.warning(
            "machine %s: the setup of %s ended with exit code %s",
            machine.pk,
            script.exercise,
            exit_code,
        )
    return exit_code == 0
