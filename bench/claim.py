"""Measure from a click to a prompt, over HTTP and websocket as a browser does it.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/claim.py [--json] [--rounds N]
    PYTHONPATH=platform:. python bench/claim.py --base-url http://127.0.0.1:8000 \\
        --user student --password …

With a pooled machine and with a new one, and what it is made of. Without --base-url it starts the
platform twice on the engine, with a pool and without one, and everybody who clicks is new. With
--base-url it clicks as that one user, whose home folder is put back every time. A click is the
POST that the page sends; the prompt is the first `# ` that its terminal's websocket brings.
Between clicks the machine is given back and the pool has time to refill.

The engine's own part is measured beside `docker run` of the same image, alternating in one run.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import docker

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.report import show as show_steps  # noqa: E402
from bench.shell import Terminal  # noqa: E402
from bench.stack import scratch_installation  # noqa: E402
from bench.starts import measure_steps  # noqa: E402
from tests.support.clients.api import LESSON, LiveStudent  # noqa: E402
from tests.support.clients.websocket import WebSocket  # noqa: E402

PROMPT = b"# "
READY_SECONDS = 60
SETTLE_SECONDS = 2.0
PASSWORD = "a-bench-password"
CREATE_USER = "User.objects.create_user(f'bench{n}', password='%s')"
MAKE_USERS = f"from accounts.models import User; [{CREATE_USER} for n in range(%d)]"

SET_KIND = (
    "from curriculum.models import Lesson; "
    "Lesson.objects.filter(slug='%s').update(machines=[{'name': 'box', 'kind': '%s'}])"
)


@dataclass(frozen=True)
class Result:
    """Report a median, its 95th percentile, and what the latter may be. Milliseconds."""

    name: str
    p50: float
    p95: float
    target_p95: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.target_p95 is None or self.p95 <= self.target_p95


def result(name: str, seconds: list[float], target: float | None = None, note: str = "") -> Result:
    ranked = sorted(seconds)
    p95 = ranked[min(len(ranked) - 1, round(0.95 * (len(ranked) - 1)))]
    return Result(name, statistics.median(ranked) * 1000, p95 * 1000, target, note)


def timed(action: Callable[..., Any], *args: Any, **keywords: Any) -> float:
    """Return how long a call takes, in seconds."""
    start = time.perf_counter()
    action(*args, **keywords)
    return time.perf_counter() - start


# --- Click to prompt -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Click:
    """Time one click.

    Seconds until the POST had answered and until the prompt; `state` is what it answered.
    """

    answered: float
    prompt: float
    state: str


def click(student: LiveStudent) -> Click:
    """Request the lesson's sandbox and wait for its prompt.

    The websocket for events is open already, as in a page.
    """
    events = WebSocket(student.port, "/ws/events/", cookie=student.cookie, seconds=READY_SECONDS)
    start = time.perf_counter()
    sandbox = student.request_sandbox()
    answered = time.perf_counter() - start
    state = sandbox["state"]
    while sandbox["state"] != "ready":
        assert sandbox["state"] != "failed", sandbox["reason"]
        sandbox = next_state(events, sandbox)
    path = sandbox["machines"][0]["terminal"]
    wire = WebSocket(student.port, path, subprotocol="drydock.v1", cookie=student.cookie)
    Terminal(wire, drydock=True).read_until(PROMPT)
    prompt = time.perf_counter() - start
    wire.close()
    events.close()
    give_back(student, sandbox["id"])
    return Click(answered, prompt, state)


def next_state(events: WebSocket, sandbox: dict[str, Any]) -> dict[str, Any]:
    event = json.loads(events.receive()[1])
    own = event["type"] == "sandbox" and event["sandbox"]["id"] == sandbox["id"]
    return event["sandbox"] if own else sandbox


def give_back(student: LiveStudent, sandbox_id: str) -> None:
    from core.waiting import wait_until

    student.end_sandbox(sandbox_id)
    wait_until(
        lambda: student.sandbox(sandbox_id)["state"] != "ending",
        seconds=READY_SECONDS,
        poll_seconds=0.1,
    )
    time.sleep(SETTLE_SECONDS)


def measure_own_platform(
    docker_url: str, rounds: int, *, pool: int, kind: str = "linux"
) -> list[Result]:
    """Start the platform for this, and let a new student make every click.

    The lesson's machine is made one of `kind`, whose image has to be on the engine.
    """
    from tests.support.running_platform import RunningPlatform

    name = f"bench-claim-{os.getpid()}"
    platform = RunningPlatform(docker_url, name, extra={"DRYDOCK_POOL": f"{kind}={pool}"})
    try:
        platform.start()
        platform.manage("shell", "-v0", "-c", MAKE_USERS % (PASSWORD, rounds + 1))
        platform.manage("shell", "-v0", "-c", SET_KIND % (LESSON.split("/")[1], kind))
        time.sleep(SETTLE_SECONDS * 3 if pool else 0)  # the pool fills
        students = [
            LiveStudent(platform.base_url, f"bench{number}", PASSWORD)
            for number in range(rounds + 1)
        ]
        time.sleep(SETTLE_SECONDS)
        # the first one warms the processes up
        clicks = [click(student) for student in students][1:]
    finally:
        platform.stop()
        platform.remove_folder()
        with closing(docker.DockerClient(base_url=docker_url)) as client:
            tidy(client, name)
    return click_results(clicks)


def measure_running_platform(base_url: str, user: str, password: str, rounds: int) -> list[Result]:
    """Measure a platform that runs already, as one user."""
    student = LiveStudent(base_url, user, password)
    return click_results([click(student) for _ in range(rounds + 1)][1:])


def click_results(clicks: list[Click]) -> list[Result]:
    results = []
    for state, label, target in (
        ("ready", "warm", 100.0),
        ("starting", "warm, home put back", None),
        ("requested", "cold", 1000.0),
    ):
        if chosen := [click_timing for click_timing in clicks if click_timing.state == state]:
            note = f"{len(chosen)} clicks"
            results.append(
                result(
                    f"click to prompt, {label}",
                    [click_timing.prompt for click_timing in chosen],
                    target,
                    note,
                )
            )
            results.append(
                result(
                    f"  of that the POST, {label}",
                    [click_timing.answered for click_timing in chosen],
                )
            )
    return results


# --- What it is made of --------------------------------------------------------------------------


def measure_claims(rounds: int) -> list[Result]:
    """Measure a claim of a pooled machine inside one process, on SQLite.

    No HTTP, no broker, no engine.
    """
    from django.utils import timezone

    from accounts.models import User
    from core import task_queue
    from sandboxes import lifecycle
    from sandboxes.models import Host, Machine
    from sandboxes.pool import claims

    task_queue.hand_to_broker = lambda *_args, **_options: None  # measured without a broker
    images = {"linux": {"id": "sha256:0", "size_bytes": 0}}
    host = Host.objects.create(name="bench", docker_url="fake://bench", images=images)
    count = rounds * 20
    for _ in range(count):
        Machine.objects.create(
            host=host, kind="linux", image="sha256:0", state="warm", changed_at=timezone.now()
        )
    users = [User.objects.create_user(f"claims{number}") for number in range(count)]
    machines = [{"name": "box", "kind": "linux"}]

    def request(user: User) -> None:
        lifecycle.request_sandbox(user=user, lesson_key="bench/bench", machines=machines)

    import core.events

    core.events.publish = lambda **_: None  # measured without Redis
    half = len(users) // 2
    whole = [timed(request, user) for user in users[:half]]
    holder = lifecycle.request_sandbox(user=users[-1], lesson_key="bench/other", machines=[])
    names = [f"box{number}" for number in range(half - 1)]
    update = [
        timed(claims.claim_pooled_machine, sandbox=holder, name=name, kind="linux")
        for name in names
    ]
    return [
        result("request_sandbox, warm, in process", whole),
        result("claim_machine, in process", update),
    ]


@contextmanager
def own_engine(folder: Path, docker_url: str) -> Iterator[tuple[Any, Any, Any]]:
    """Yield SandboxEngine and SDK client on the engine, and the image's facts.

    Tools and image are this run's own.
    """
    from django.conf import settings

    from operate.images.machine_images import ensure_images
    from operate.images.tools import ensure_tools
    from operate.stack.layout import Layout
    from sandboxes.engine.docker.engine import DockerEngine

    layout = Layout(folder)
    layout.make_folders()
    ensure_tools(layout)
    client = docker.DockerClient(base_url=docker_url)
    ensure_images(
        client, settings.INSTALLATION, nullcontext(), lambda _fraction, _text: None, only=["linux"]
    )
    engine = DockerEngine(
        docker_url,
        installation=settings.INSTALLATION,
        sockets_dir=settings.SOCKETS_DIR,
        tools_dir=layout.tools,
    )
    try:
        yield engine, client, engine.image(f"{settings.INSTALLATION}/linux:latest")
    finally:
        tidy(client, settings.INSTALLATION)
        client.close()


def tidy(client: docker.DockerClient, installation: str) -> None:
    """Remove an installation's volumes and image tags."""
    for volume in client.volumes.list():
        if volume.name.startswith(f"{installation}-"):
            volume.remove(force=True)
    for tag in (tag for image in client.images.list() for tag in image.tags):
        if tag.startswith(f"{installation}/"):
            client.images.remove(tag)


def measure_engine(folder: Path, docker_url: str, rounds: int) -> list[Result]:
    """Measure a machine made and removed, and `docker run` and `rm`, in turns.

    Both of the same image.
    """
    made_seconds: list[float] = []
    removed_seconds: list[float] = []
    run_seconds: list[float] = []
    rm_seconds: list[float] = []
    with own_engine(folder, docker_url) as (engine, client, image):
        for number in range(rounds + 1):
            machine_id = f"00000000-0000-0000-0000-{number:012d}"
            made_seconds.append(timed(make_machine, engine, image, machine_id))
            removed_seconds.append(timed(engine.remove_machine, machine_id))
            run_seconds.append(
                timed(
                    client.containers.run, image.id, ["sleep", "60"], detach=True, name=machine_id
                )
            )
            rm_seconds.append(timed(client.containers.get(machine_id).remove, force=True))
    ratio = statistics.median(made_seconds[1:]) / statistics.median(run_seconds[1:])
    back = statistics.median(removed_seconds[1:]) / statistics.median(rm_seconds[1:])
    return [
        result(
            "machine made until its shell is there",
            made_seconds[1:],
            note=f"{ratio:.2f} x docker run",
        ),
        result("docker run -d", run_seconds[1:]),
        result("machine removed", removed_seconds[1:], note=f"{back:.2f} x docker rm -f"),
        result("docker rm -f", rm_seconds[1:]),
    ]


def make_machine(engine: Any, image: Any, machine_id: str) -> None:
    from sandboxes.engine.facts import MachineSpec
    from sandboxes.engine.limits import LINUX

    transport: Any = "socket" if os.geteuid() == 0 else "exec"
    spec = MachineSpec(
        machine_id, "linux", image.id, "box", LINUX, transport, image_bytes=image.size_bytes
    )
    handle = engine.create_machine(spec)
    engine.start_machine(handle.container_id)
    engine.wait_for_shell(handle)


# --- The report ----------------------------------------------------------------------------------


def show(results: list[Result]) -> None:
    print(f"{'':42}{'p50':>10}{'p95':>10}{'p95 may be':>12}")
    for line in results:
        target = (
            ""
            if line.target_p95 is None
            else f"{line.target_p95:.0f} {'met' if line.met else 'MISSED'}"
        )
        print(f"{line.name:42}{line.p50:7.1f} ms{line.p95:7.1f} ms{target:>12}  {line.note}")


def measure(options: argparse.Namespace) -> list[Result]:
    if options.base_url:
        return measure_running_platform(
            options.base_url, options.user, options.password, options.rounds
        )
    docker_url = os.environ.get("DOCKER_HOST", "")
    results = measure_own_platform(docker_url, options.rounds, pool=2)
    results += measure_own_platform(docker_url, options.rounds, pool=0)
    with scratch_installation() as folder:
        results += measure_claims(options.rounds)
        results += measure_engine(folder, docker_url, options.rounds)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    parser.add_argument("--rounds", type=int, default=20, help="clicks of each sort")
    parser.add_argument("--steps", action="store_true", help="starts a second, step by step")
    parser.add_argument("--base-url", help="a platform that runs already")
    parser.add_argument("--user", default="student")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    if options.steps:
        show_steps(measure_steps(os.environ.get("DOCKER_HOST", "")))
        return
    results = measure(options)
    if options.json:
        print(json.dumps([{**asdict(line), "met": line.met} for line in results], indent=2))
    else:
        show(results)


if __name__ == "__main__":
    main()
