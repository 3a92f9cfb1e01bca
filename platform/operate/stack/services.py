"""`manage.py services -- COMMAND`: engine, Redis and images around a command, such as the tests."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from operate.console.shell import is_root
from operate.console.steps import Steps
from operate.engine.private_engine import answers, choose_engine
from operate.errors import EngineSetupError, ImageError, OperateError
from operate.stack.lock import only_run
from operate.stack.stack import Stack, open_layout
from operate.stack.up import prepare_images, take_down


def services_stack(steps: Steps) -> Stack:
    """Engine and Redis below var; an engine that can't be had is said, and the command runs without one."""
    layout = open_layout(settings.VAR_DIR)
    environ = dict(os.environ)
    given = environ.get("DOCKER_HOST", "")
    if given and not answers(given):
        steps.say(f"DOCKER_HOST={given} does not answer; it is left aside")
        del environ["DOCKER_HOST"]
    stack = Stack(
        layout=layout,
        engine=None,
        redis_url=environ.get("REDIS_URL", ""),
        installation=settings.INSTALLATION,
    )
    try:
        return replace(stack, engine=choose_engine(layout, environ, root=is_root()))
    except EngineSetupError as error:
        steps.say(str(error))
        return stack


def run_with_services(command: Sequence[str], steps: Steps) -> int:
    """Run `command` with DOCKER_HOST, REDIS_URL and DRYDOCK_VAR set; returns its exit code. Ctrl-C reaches the
    command, and the services are taken down once it has ended."""
    stack = services_stack(steps)
    with only_run(stack.layout):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _ignore_until_child_ends)
        try:
            stack = start_services(stack, steps)
            return subprocess.run(list(command), env=child_environment(stack), check=False).returncode
        finally:
            take_down(stack, steps, homes=False)


def start_services(stack: Stack, steps: Steps) -> Stack:
    """Start what can be had. Returns the stack in use: without its engine when a private one can't run here."""
    try:
        _start(stack, steps)
        return stack
    except OperateError as error:
        if stack.engine is None or isinstance(error, ImageError) or os.environ.get("CI") == "true":
            raise
        steps.say(f"going on without an engine: {error}")
    stack.shut_down()
    without = replace(stack, engine=None)
    _start(without, steps)
    return without


def _start(stack: Stack, steps: Steps) -> None:
    with steps.step("services") as step:
        stack.prepare()
        stack.start_redis()
        if stack.engine:
            stack.start_engine()
        step.result = f"{stack.docker_url or 'no engine'}, {stack.env['REDIS_URL']}"
    prepare_images(stack, steps)


def child_environment(stack: Stack) -> dict[str, str]:
    """The stack's environment, and DRYDOCK_SERVICES: the var folder whose supervisor tests may ask to restart the
    engine or Redis (see tests/conftest.py)."""
    environment = {**stack.env, "DRYDOCK_SERVICES": str(stack.layout.var)}
    environment.pop("DRYDOCK_SECRET_KEY")
    if not stack.docker_url:
        environment.pop("DOCKER_HOST", None)
    return environment


def _ignore_until_child_ends(_number: int, _frame: object) -> None:
    """The command got the same signal from the terminal; we wait for its end and clean up."""
