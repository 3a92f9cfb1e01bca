"""Restart the platform's own programs while students' machines run on.

That is `manage.py restart`, what an upgrade ends with.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command

from core.maintenance import current_message, switch_off, switch_on
from operate.console.steps import Steps
from operate.errors import OperateError
from operate.stack.programs import PLATFORM
from operate.stack.stack import Stack

MESSAGE = "Drydock is being updated and is back in a moment. Your machine runs on."
# Workers that start on a host full of busy machines take their time.
READY_SECONDS = 180


def restart(stack: Stack, steps: Steps) -> None:
    """Bring the database up to date and start web, workers, beat and events anew.

    Engine, Redis and machines are not touched; terminals connect again and go on where they were.
    Raises OperateError.
    """
    if not stack.supervisor.answers():
        raise OperateError(
            f"Drydock does not run from {stack.layout.var}: `manage.py up` starts it"
        )
    with closed_pages():
        with steps.step("database"):
            call_command("migrate", interactive=False, verbosity=0)
        with steps.step("static"):
            call_command("collectstatic", interactive=False, verbosity=0)
        with steps.step("stop and start"):
            stack.supervisor.stop_together(*PLATFORM)
            stack.start(*PLATFORM)
    with steps.step("programs") as step:
        step.report(0, "waiting for web and worker")
        stack.wait_ready(READY_SECONDS)
        step.result = ", ".join(PLATFORM)
    with steps.step("lessons"):
        call_command("load_lessons", leave_conflicts=True, verbosity=0)


@contextmanager
def closed_pages() -> Iterator[None]:
    """Close the pages meanwhile, unless an operator has closed them, who opens them, too."""
    closed_already = current_message() is not None
    if not closed_already:
        switch_on(MESSAGE)
    try:
        yield
    finally:
        if not closed_already:
            switch_off()
