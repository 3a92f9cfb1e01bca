"""Set up what benchmarks run on: a scratch installation, servers, real machines.

Nothing here touches var/: the database, tools and sockets live in a temporary folder, and what is
made on the engine carries a label of its own and is removed at the end.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandboxes.models import Host, Machine

ROOT = Path(__file__).resolve().parents[1]
# The peer that is compared: uvicorn as it comes, with the fastest of what it offers.
PLAIN_OPTIONS = (
    *("--loop", "uvloop", "--ws", "websockets-sansio"),
    *("--ws-per-message-deflate", "false"),
)


def import_platform() -> None:
    folder = str(ROOT / "platform")
    if folder not in sys.path:
        sys.path.insert(0, folder)


@contextmanager
def scratch_installation() -> Iterator[Path]:
    """Set Django up on an empty, migrated database; yield the folder that it lives in.

    Once a process.
    """
    with tempfile.TemporaryDirectory(prefix="drydock-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "DRYDOCK_VAR": folder,
            "DRYDOCK_INSTALLATION": f"bench{uuid.uuid4().hex[:6]}",
        }
        os.environ["DRYDOCK_LOG_LEVEL"] = "WARNING"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import_platform()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)
        yield Path(folder)


@contextmanager
def redis_beside() -> Iterator[str]:
    """Yield the URL of a Redis, empty and on a unix socket; REDIS_URL where that is set."""
    if url := os.environ.get("REDIS_URL", ""):
        yield url
        return
    import_platform()
    from tests.support.redis import own_redis

    with (
        tempfile.TemporaryDirectory(prefix="drydock-redis-") as folder,
        own_redis(Path(folder)) as url,
    ):
        os.environ["REDIS_URL"] = url
        yield url
        del os.environ["REDIS_URL"]


class Server:
    """Run uvicorn with one ASGI application, as a process; it stops with the block."""

    def __init__(
        self,
        application: str,
        *,
        folder: str = "platform",
        options: Sequence[str] = (),
        **env: str,
    ) -> None:
        import_platform()
        from operate.stack.ports import free_port
        from operate.stack.programs import UVICORN_OPTIONS

        self.port = free_port()
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "uvicorn",
            application,
            "--port",
            str(self.port),
            *(UVICORN_OPTIONS if folder == "platform" else PLAIN_OPTIONS),
            *options,
        ]
        command += ["--log-level", "error", "--app-dir", str(ROOT / folder), "--no-access-log"]
        self._process = subprocess.Popen(
            command,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    [str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")]
                ),
                **env,
            },
        )

    def __enter__(self) -> "Server":
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def __exit__(self, *failure: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory_bytes(self) -> int:
        """Return memory that is the process's own.

        That is anonymous pages, without the libraries that it shares.
        """
        for line in Path(f"/proc/{self._process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("smaps_rollup has no Anonymous line")


@dataclass(frozen=True)
class StudentMachine:
    """Hold a student with a ready machine of their own.

    `cookies` sign in the student and somebody who may watch.
    """

    machine: "Machine"
    cookies: tuple[str, str]

    @property
    def path(self) -> str:
        return f"/ws/terminals/{self.machine.pk}/"


@contextmanager
def student_machines(
    folder: Path, *, shares: Sequence[float | None], transport: str
) -> Iterator[list[StudentMachine]]:
    """Make students, each with a `linux` machine as the platform makes it.

    Or with another share of the processors.
    """
    from operate.images.tools import ensure_tools
    from operate.stack.layout import Layout
    from sandboxes.hosts import engine_for, register_default_host

    layout = Layout(folder)
    layout.tools.mkdir(parents=True, exist_ok=True)
    ensure_tools(layout)
    host = register_default_host(docker_url=os.environ.get("DOCKER_HOST", ""), transport=transport)
    students: list[StudentMachine] = []
    try:
        for number, cpus in enumerate(shares):
            students.append(make_student_machine(host, number, cpus))
        yield students
    finally:
        for owner in students:
            engine_for(host).remove_machine(str(owner.machine.pk))
        remove_tools_volume(host)


def make_student_machine(host: "Host", number: int, cpus: float | None) -> StudentMachine:
    from django.utils import timezone

    from accounts.models import User
    from sandboxes.models import Machine, Sandbox

    student = User.objects.create_user(f"student{number}")
    teacher = User.objects.create_user(f"teacher{number}", role=User.Role.INSTRUCTOR)
    now = timezone.now()
    times = {"changed_at": now, "active_at": now, "expires_at": now + timedelta(hours=1)}
    sandbox = Sandbox.objects.create(
        user=student, lesson_key="bench/bench", state=Sandbox.State.READY, **times
    )
    machine = Machine(
        host=host, sandbox=sandbox, name="box", kind="linux", state="claimed", changed_at=now
    )
    start_machine(machine, cpus)
    machine.save()
    return StudentMachine(machine, (session_cookie(student), session_cookie(teacher)))


def start_machine(machine: "Machine", cpus: float | None) -> None:
    from sandboxes.engine.facts import MachineSpec
    from sandboxes.hosts import engine_for
    from sandboxes.machine_types.registry import machine_type

    engine = engine_for(machine.host)
    image = engine.image(os.environ.get("BENCH_IMAGE") or ensure_linux_image(machine.host))
    limits = machine_type("linux").limits
    spec = MachineSpec(
        machine_id=str(machine.pk),
        kind="linux",
        image=image.id,
        hostname="box",
        limits=replace(limits, cpus=cpus) if cpus else limits,
        transport="socket" if machine.host.transport == "socket" else "exec",
        image_bytes=image.size_bytes,
    )
    handle = engine.create_machine(spec)
    engine.start_machine(handle.container_id)
    engine.wait_for_shell(handle)
    machine.image, machine.container_id = image.id, handle.container_id
    machine.network_id, machine.socket_path = handle.network_id, handle.socket_path


def ensure_linux_image(host: "Host") -> str:
    """Return the tag of the `linux` machine's image under this installation's name.

    One that was built before is only tagged.
    """
    import contextlib

    import docker
    from django.conf import settings

    from operate.images.machine_images import ensure_images
    from sandboxes.machine_types.images import tag_of

    client = docker.DockerClient(base_url=host.docker_url, timeout=300)
    ensure_images(
        client,
        settings.INSTALLATION,
        contextlib.nullcontext(),
        lambda _fraction, _text: None,
        ["linux"],
    )
    client.close()
    return tag_of(settings.INSTALLATION, "linux")


def remove_tools_volume(host: "Host") -> None:
    import docker
    from django.conf import settings

    client = docker.DockerClient(base_url=host.docker_url)
    for volume in client.volumes.list(filters={"label": "drydock.tools"}):
        if volume.name.startswith(f"{settings.INSTALLATION}-tools-"):
            volume.remove(force=True)
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith(f"{settings.INSTALLATION}/"):
                client.images.remove(tag)
    client.close()


def session_cookie(user: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
