"""Run a command, such as the tests, with engine, Redis and images: `manage.py services`."""

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


def stack_for_services(steps: Steps) -> Stack:
    """Return a stack of engine and Redis below var.

    Print it when no engine is available; the command then runs without one.
    """
    layout = open_layout(settings.VAR_DIR)
    environ = dict(os.environ)
    docker_host = environ.get("DOCKER_HOST", "")
    if docker_host and not answers(docker_host):
        steps.say(f"DOCKER_HOST={docker_host} does not answer; going on without it")
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
    """Run `command` with DOCKER_HOST, REDIS_URL and DRYDOCK_VAR set; return its exit code.

    Ctrl-C reaches the command, and the services are taken down once it has ended.
    """
    stack = stack_for_services(steps)
    with only_run(stack.layout):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, ignore_signal)
        try:
            stack = start_services(stack, steps)
            return subprocess.run(
                list(command), env=child_environment(stack), check=False
            ).returncode
        finally:
            take_down(stack, steps, homes=False)


def start_services(stack: Stack, steps: Steps) -> Stack:
    """Start what is available; return the stack in use.

    That is one without an engine when a private engine can't run here.
    """
    try:
        start_and_prepare(stack, steps)
        return stack
    except OperateError as error:
        if stack.engine is None or isinstance(error, ImageError) or os.environ.get("CI") == "true":
            raise
        steps.say(f"going on without an engine: {error}")
    stack.shut_down()
    without = replace(stack, engine=None)
    start_and_prepare(without, steps)
    return without


def start_and_prepare(stack: Stack, steps: Steps) -> None:
    with steps.step("services") as step:
        stack.prepare()
        stack.start_redis()
        if stack.engine:
            stack.start_engine()
        step.result = f"{stack.docker_url or 'no engine'}, {stack.env['REDIS_URL']}"
    prepare_images(stack, steps)


def child_environment(stack: Stack) -> dict[str, str]:
    """Return the stack's environment, with DRYDOCK_SERVICES.

    That is the var folder whose supervisor tests may ask to restart the engine or Redis (see
    tests/conftest.py).
    """
    environment = {**stack.env, "DRYDOCK_SERVICES": str(stack.layout.var)}
    environment.pop("DRYDOCK_SECRET_KEY")
    if not stack.docker_url:
        environment.pop("DOCKER_HOST", None)
    return environment


def ignore_signal(_number: int, _frame: object) -> None:
    """Ignore a signal that the command got from the terminal, too; its end is waited for."""
