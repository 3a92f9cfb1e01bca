"""Bring everything up from a fresh machine to a serving platform, and away at the end.

That is `manage.py up`.
"""

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Collection, Iterator
from types import FrameType

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

from accounts.models import User
from operate.checks.host_check import check_host, format_report
from operate.console.shell import is_root
from operate.console.steps import Steps
from operate.engine.network_namespace import keep_uplink
from operate.engine.private_engine import choose_engine, connect
from operate.errors import OperateError
from operate.images.background import images_in_background
from operate.images.machine_images import FIRST, ensure_images
from operate.images.registry import start_registry, stop_registry
from operate.images.service_images import ensure_service_images
from operate.images.tools import ensure_tools
from operate.stack import programs
from operate.stack.demo import ACCOUNTS, ensure_demo_accounts
from operate.stack.lock import only_run
from operate.stack.machines import Report, keep_homes, remove_machines
from operate.stack.ports import assert_port_free
from operate.stack.stack import Stack, open_layout
from sandboxes.errors import EngineError
from sandboxes.hosts import default_host, engine_for, register_default_host
from sandboxes.maintenance.reaper import reap
from sandboxes.models import Host


def stack_from_settings() -> Stack:
    """Return the stack that the settings and the environment describe.

    Raises EngineSetupError without an engine.
    """
    layout = open_layout(settings.VAR_DIR)
    return Stack(
        layout=layout,
        engine=choose_engine(layout, os.environ, root=is_root()),
        bind=settings.BIND,
        port=settings.PORT,
        redis_url=os.environ.get("REDIS_URL", ""),
        installation=settings.INSTALLATION,
        transport_setting=settings.TRANSPORT,
    )


def serve(steps: Steps) -> None:
    """Bring the platform up, wait for Ctrl-C or SIGTERM, take it down.

    Raises OperateError when a step fails.
    """
    stack = stack_from_settings()
    for warning in run_checks(tags=["drydock"]):
        steps.say(f"warning: {warning.msg} {warning.hint}")
    with only_run(stack.layout), stop_event() as stop:
        assert_port_free(stack.bind, stack.port)
        try:
            bring_up(stack, steps)
            ready = f"(ready after {steps.seconds:.1f} s; Ctrl-C stops it)"
            steps.say(f"\nDrydock serves on {stack.base_url}  {ready}")
            with images_in_background(stack, steps):
                watch(stack, stop)
        except Interrupted:
            steps.say("\nInterrupted.")
        finally:
            stop.phase = "stopping"
            take_down(stack, steps, homes=True)


class Interrupted(Exception):
    """Report that Ctrl-C or SIGTERM came before the platform was up."""


class Stop(threading.Event):
    """Wait for Ctrl-C or SIGTERM.

    `phase`: starting (a signal interrupts the step), serving, stopping (a signal is ignored).
    """

    phase = "starting"


@contextlib.contextmanager
def stop_event() -> Iterator[Stop]:
    """Take SIGINT, SIGTERM and SIGHUP as the wish to stop.

    The second one changes nothing, teardown always ends.
    """
    stop = Stop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        first = not stop.is_set()
        stop.set()
        if first and stop.phase == "starting":
            raise Interrupted

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(stack: Stack, stop: Stop) -> None:
    """Wait until asked to stop. Raises OperateError when the supervisor is gone."""
    stop.phase = "serving"
    while not stop.is_set():
        time.sleep(0.2)  # an Event's wait would hold signals back until it returns
        if not stack.supervisor.alive():
            raise OperateError(
                f"the supervisor ended unexpectedly; see {stack.layout.logs / 'supervisord.log'}"
            )


# -- up


def bring_up(stack: Stack, steps: Steps) -> None:
    """Run every step in order, each printed with its time."""
    with steps.step("engine") as step:
        step.report(0, "setting up" if stack.private else "connecting")
        stack.prepare()
        stack.start_engine()
        if stack.private and settings.REGISTRY and settings.REGISTRY_MIRROR:
            keep_uplink(stack.layout)
        step.result = f"{stack.engine.kind if stack.engine else 'no'} engine at {stack.docker_url}"
    prepare_images(stack, steps, only=[FIRST])  # the others while it serves
    with steps.step("redis") as step:
        stack.start_redis()
        step.result = "given in REDIS_URL" if stack.redis_url else f"at {stack.layout.redis_socket}"
    prepare_database(stack, steps)
    with steps.step("machines"):
        reap()  # rows of machines that the last stop removed, before a student is given one
    if settings.REGISTRY:
        with steps.step("registry") as step:
            step.result = start_registry(default_host())
    stack.start(*programs.PLATFORM)  # they need a moment, in which the rest is done
    prepare_pages(steps)
    with steps.step("programs") as step:
        step.report(0, "waiting for web, worker and engine")
        stack.wait_ready()
        stack.layout.make_folders()  # closes what the programs have made since
        step.result = ", ".join(programs.PLATFORM)


def prepare_images(stack: Stack, steps: Steps, only: Collection[str] = ()) -> None:
    """Check the host and make the tools that go into machines and the machine images.

    All of them, or `only` these.
    """
    if stack.engine is None:
        return
    client = connect(stack.docker_url)
    with steps.step("host check") as step:
        resources = engine_for(Host(docker_url=stack.docker_url)).resources()
        report = check_host(client, stack.engine, stack.unbounded_because, resources=resources)
        total = len(report.protections)
        step.result = f"{total - len(report.missing())} of {total} protections hold"
    steps.say("\n".join(format_report(report)))
    with steps.step("tools") as step:
        step.result = "; ".join(ensure_tools(stack.layout))
    with steps.step("images") as step:
        results = ensure_images(client, settings.INSTALLATION, stack.uplink(), step.report, only)
        step.result = "; ".join(results)
    if not only:
        with steps.step("service images") as step, stack.uplink():
            step.result = ensure_service_images(client, settings.INSTALLATION, step.report)
    client.close()


def prepare_database(stack: Stack, steps: Steps) -> None:
    """Prepare what the programs need: tables, the default host, static files."""
    with steps.step("database") as step:
        call_command("migrate", interactive=False, verbosity=0)
        register_default_host(docker_url=stack.docker_url, transport=stack.transport)
        step.result = str(settings.DATABASES["default"]["ENGINE"]).rpartition(".")[2]
    with steps.step("static"):
        call_command("collectstatic", interactive=False, verbosity=0)


def prepare_pages(steps: Steps) -> None:
    """Load lessons and create accounts."""
    with steps.step("lessons") as step:
        output = io.StringIO()
        call_command("load_lessons", leave_conflicts=True, verbosity=0, stdout=output)
        step.result = output.getvalue().strip().rpartition("\n")[2]
    with steps.step("accounts") as step:
        created = ensure_demo_accounts()
        step.result = "student and instructor made" if created else account_summary()
    for name, password in created.items():
        steps.say(f"  {name}  password: {password}")


def account_summary() -> str:
    """Say who can sign in, and what to do where nobody can."""
    count = User.objects.count()
    if not count:
        return "nobody yet: `manage.py createsuperuser` makes the first account"
    demo = User.objects.filter(username__in=ACCOUNTS, is_active=True)
    if settings.PRODUCTION and demo:
        names = " and ".join(sorted(user.username for user in demo))
        return f"{count}, the demo accounts {names} among them: delete them in the admin"
    return f"{count}"


# -- down


def take_down(stack: Stack, steps: Steps, *, homes: bool) -> None:
    """Stop everything, keeping students' homes or not.

    What fails does not keep the rest from being stopped.
    """
    with steps.step("stopping") as step:
        step.report(0, "web, worker and beat")
        if stack.supervisor.alive():
            with contextlib.suppress(OperateError):
                stack.supervisor.stop_together(*programs.PLATFORM)
            removed = sweep(stack, homes=homes, report=step.report)
            step.result = f"{removed} machine objects removed"
        step.report(0.7, "engine")
        stack.shut_down()


def sweep(stack: Stack, *, homes: bool, report: Report) -> int:
    """Remove this installation's machines from the engine, as far as it answers.

    Keeps students' homes first when `homes`. Returns how many objects there were.
    """
    if not stack.docker_url:
        return 0
    try:
        if homes:
            keep_homes(report)
        host = Host(docker_url=stack.docker_url, transport=stack.transport)
        stop_registry(host)  # first: no network that it is in can be removed
        return remove_machines(engine_for(host), report)
    except (EngineError, OperateError):
        return 0
