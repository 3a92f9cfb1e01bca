"""Runs exercises' setup scripts in a sandbox's fresh machines, before its student gets them.

A machine remembers which exercises it was prepared for, so a script runs once in it: again in the machine that a reset
makes, not after waking. It runs before the home from last time is put back, which thus wins over what the script wrote
there. One whose worker was killed half-way is run again, once nobody can be running it any more; it has to stand that.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings

from core.signals import Preparation
from core.task_queue import queue_task
from sandboxes import lifecycle
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning.setup_scripts import command_line, untried
from sandboxes.transitions import hold_sandbox, let_go, note_prepared

logger = logging.getLogger(__name__)

# No further script is begun after so many seconds of one task; another task goes on.
BEGIN_WITHIN_SECONDS = 20
# What ending a script, and this program, may take besides.
MARGIN_SECONDS = 15


def prepare_sandbox(sandbox: Sandbox) -> bool:
    """Run what has not been tried yet in machines that run. False when the student can't be let in now: another worker
    is at it, or a task that was queued goes on. A script that fails keeps nobody out; its exercise can't be checked.
    Raises EngineUnavailable; a script may then still run, so nobody else goes on before its time is up."""
    if not untried(sandbox):
        return True
    if not hold_sandbox(sandbox, timedelta(seconds=BEGIN_WITHIN_SECONDS + settings.SETUP_SECONDS + MARGIN_SECONDS)):
        return False
    done = _prepare(untried(sandbox))  # asked once more: somebody may have been quicker
    let_go(sandbox)
    if not done:
        queue_task("sandboxes.provision", str(sandbox.pk))
    return done


def _prepare(todo: Iterable[tuple[Machine, Preparation]]) -> bool:
    """False when time was up, or a machine turned out to be lost."""
    end = time.monotonic() + BEGIN_WITHIN_SECONDS
    for machine, one in todo:
        if time.monotonic() > end:
            return False
        try:
            note_prepared(machine, one.exercise, Machine.PREPARED if _succeeds(machine, one) else Machine.UNPREPARED)
        except MachineMissing:
            lifecycle.machine_lost(machine)
            return False
    return True


def _succeeds(machine: Machine, one: Preparation) -> bool:
    """Whether the script ends with exit code 0. Raises EngineUnavailable, MachineMissing."""
    engine = engine_for(machine.host)
    try:
        code = engine.run_script(machine.container_id, command_line(one.script), settings.SETUP_SECONDS)
    except (EngineUnavailable, MachineMissing):
        raise
    except EngineError:
        logger.exception("machine %s: the setup of %s could not be run", machine.pk, one.exercise)
        return False
    if code:
        logger.warning("machine %s: the setup of %s ended with exit code %s", machine.pk, one.exercise, code)
    return code == 0
