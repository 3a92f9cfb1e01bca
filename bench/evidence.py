"""Measure how long gathering an exercise's evidence takes, here and from another host.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. python bench/evidence.py [--json] [--rounds N]

No platform is started: one machine on the engine, and the collectors in this process. The two ways
and the reference, one script by `docker exec` in the same machine, take turns in the same run;
between the turns the last copy is waited for, as if checks came one by one. `all` is more than a
usual exercise asks for: two files and a fact, what runs, a port over HTTP, and two commands in a
copy of the machine. Then a container and an image in a `docker` machine.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import django  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import docker  # noqa: E402
from django.conf import settings  # noqa: E402

from bench.report import Result, show  # noqa: E402
from checks.command import CommandCheck  # noqa: E402
from checks.docker.container import ContainerCheck  # noqa: E402
from checks.docker.image import ImageCheck  # noqa: E402
from checks.evidence.collector import collect  # noqa: E402
from checks.evidence.tasks import Subject  # noqa: E402
from checks.file import FileCheck  # noqa: E402
from checks.port import PortCheck  # noqa: E402
from checks.process import ProcessCheck  # noqa: E402
from checks.registry import CheckSpec  # noqa: E402
from sandboxes.engine.docker.engine import DockerEngine  # noqa: E402
from tests.support.machines import MachineMaker, RealMachine  # noqa: E402

COLLECTION_MS = 400.0
SERVER = (
    "exec perl -MIO::Socket::INET -e '"
    "$s = IO::Socket::INET->new(LocalPort => 80, Listen => 5) or die;"
    " while ($c = $s->accept) {"
    ' $_ = <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello"; close $c }\''
)


def new_check(kind: Callable[..., CheckSpec], **fields: Any) -> CheckSpec:
    return kind(message="-", read="-", **fields)


FILES = [
    new_check(FileCheck, id="hostname", path="/root/hostname", equals_fact="hostname"),
    new_check(FileCheck, id="answer", path="/root/answer", equals="42"),
]
COMMANDS = [
    new_check(CommandCheck, id="cat", argv=("cat", "/root/answer"), equals="42"),
    new_check(CommandCheck, id="script", argv=("/root/script",), equals="42"),
]
ALIVE = [
    new_check(ProcessCheck, id="process", command="perl"),
    new_check(PortCheck, id="port", port=80, http_path="/", equals="hello"),
]
KINDS = {
    "files": FILES,
    "commands": COMMANDS,
    "processes and a port": ALIVE,
    "all": [*FILES, *ALIVE, *COMMANDS],
}
DOCKER = [
    new_check(ImageCheck, id="image", name="app:1", base="drydock/busybox", user="nobody"),
    new_check(ContainerCheck, id="container", name="app", image="app:1"),
]
DOCKER_WORK = (
    "printf 'FROM drydock/busybox\\nRUN touch /x\\nUSER nobody\\nCMD sleep 9999\\n'"
    " | docker build -q -t app:1 -;"
    "docker run -d --name app app:1"
)


def gather(box: RealMachine, engine: DockerEngine, checks: Sequence[CheckSpec]) -> float:
    """Return seconds for the evidence of these checks."""
    began = time.perf_counter()
    evidence = collect(
        checks=checks,
        subject=Subject(container_id=box.container_id, image=""),
        engine=engine,
    )
    assert not evidence["errors"], evidence["errors"]
    return time.perf_counter() - began


def run_script(box: RealMachine) -> float:
    """Return seconds for one script by `docker exec`."""
    began = time.perf_counter()
    assert "42" in box.output("cat /root/answer; pgrep perl; /root/script")
    return time.perf_counter() - began


def measure(boxes: MachineMaker, engines: dict[str, DockerEngine], rounds: int) -> list[Result]:
    box = boxes.make_idle()
    box.output("hostname > /root/hostname; echo 42 > /root/answer")
    box.output("printf '#!/bin/sh\\necho 42\\n' > /root/script; chmod +x /root/script")
    box.leave_running(SERVER)
    taken: dict[tuple[str, str], list[float]] = {
        (kind, way): [] for kind in KINDS for way in engines
    }
    execs: list[float] = []
    for _ in range(rounds):
        execs.append(run_script(box))
        for kind, checks in KINDS.items():
            for way, engine in engines.items():
                taken[kind, way].append(gather(box, engine, checks))
                boxes.wait_for_probes()
    reference = statistics.median(execs)
    lines = [Result("docker exec p50", reference * 1000, "ms")]
    return lines + [
        evidence_result(kind, way, times, reference) for (kind, way), times in taken.items()
    ]


def measure_docker(
    boxes: MachineMaker, engines: dict[str, DockerEngine], rounds: int
) -> list[Result]:
    """Measure a container and an image in a machine with an engine of its own."""
    box = boxes.make("docker")
    box.output(DOCKER_WORK)
    taken: dict[str, list[float]] = {way: [] for way in engines}
    execs: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        assert "nobody" in box.output("docker image inspect app:1; docker inspect app")
        execs.append(time.perf_counter() - began)
        for way, engine in engines.items():
            taken[way].append(gather(box, engine, DOCKER))
    reference = statistics.median(execs)
    lines = [Result("docker exec p50, in a docker machine", reference * 1000, "ms")]
    return lines + [
        evidence_result("container and image", way, times, reference)
        for way, times in taken.items()
    ]


def evidence_result(kind: str, way: str, times: list[float], reference: float) -> Result:
    median = statistics.median(times)
    subject = COLLECTION_MS if way == "here" else None
    return Result(
        f"evidence p50, {kind}, {way}",
        median * 1000,
        "ms",
        subject,
        note=f"{median / reference:.2f} x exec",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--docker", action="store_true", help="only of a container and an image")
    options = parser.parse_args()
    url, name = os.environ.get("DOCKER_HOST", ""), f"bench-evidence-{os.getpid()}"
    engines = {way: make_engine(url, name, here=way == "here") for way in ("here", "afar")}
    with closing(docker.DockerClient(base_url=url, timeout=120)) as client:
        linux, nested = (
            MachineMaker(engines["here"], client, image_tag(client, kind))
            for kind in ("linux", "docker")
        )
        try:
            results = measure(linux, engines, options.rounds) if not options.docker else []
            results += measure_docker(nested, engines, options.rounds)
        finally:
            linux.sweep()
            nested.sweep()
            tidy(client, name)
    if options.json:
        print(json.dumps([{**asdict(line), "met": line.met} for line in results], indent=2))
    else:
        print(f"load {os.getloadavg()[0]:.1f}")
        show(results)


def make_engine(url: str, name: str, *, here: bool) -> DockerEngine:
    tools = settings.VAR_DIR / "tools"
    return DockerEngine(
        url, installation=name, sockets_dir=settings.SOCKETS_DIR, tools_dir=tools, use_host=here
    )


def image_tag(client: docker.DockerClient, kind: str) -> str:
    return next(
        tag
        for image in client.images.list()
        for tag in image.tags
        if tag.endswith(f"/{kind}:latest")
    )


def tidy(client: docker.DockerClient, name: str) -> None:
    """Remove the tools' volume and the image of sidecars."""
    for volume in client.volumes.list():
        if volume.name.startswith(f"{name}-"):
            volume.remove(force=True)
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith(f"{name}/"):
                client.images.remove(tag)


if __name__ == "__main__":
    main()
