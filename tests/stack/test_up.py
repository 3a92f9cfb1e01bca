"""`manage.py up` as an operator runs it: serves, heals, stops, and leaves nothing."""

import json
import signal
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

from core.waiting import wait_until
from operate.console.shell import mounts_below, processes_naming
from operate.stack.stack import ROOT_DIR
from sandboxes.engine.docker.labels import LABEL_INSTALLATION, LABEL_MACHINE
from tests.support.installation import labelled, remove_labelled
from tests.support.processes import wait_new_pid
from tests.support.running_platform import RunningPlatform

PROGRAMS = ("web", "worker", "grader", "beat", "redis")


def readyz(url: str) -> dict:
    with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
        return json.load(answer)


def test_it_serves_with_every_part_up(stack):
    assert readyz(stack.base_url)["down"] == []


def test_each_step_is_printed_with_its_time(stack):
    for step in (
        "engine",
        "host check",
        "tools",
        "images",
        "redis",
        "database",
        "static",
        "lessons",
        "accounts",
    ):
        assert f"✓ {step}" in stack.output


def test_a_second_one_from_the_same_folder_is_refused(stack):
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT_DIR,
        env=stack.stack.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "already runs" in done.stderr


def test_killed_programs_come_back(stack):
    supervisor = stack.stack.supervisor
    old = {name: stack.stack.kill(name) for name in PROGRAMS}
    for name, pid in old.items():
        assert wait_new_pid(supervisor, name, pid) != pid
    stack.stack.wait_ready(60)


def test_a_restart_leaves_students_machines_alone(stack, docker_client):
    """What an upgrade does: web, workers, beat and events are new, the rest goes on."""
    supervisor = stack.stack.supervisor
    wait_until(lambda: bool(running(docker_client, stack.installation)), seconds=60)
    machines = running(docker_client, stack.installation)
    restarted, kept = ("web", "worker", "beat", "events", "observer"), ("redis",)
    before = {name: supervisor.pid(name) for name in (*restarted, *kept)}
    stack.manage("restart")
    after = {name: supervisor.pid(name) for name in (*restarted, *kept)}
    assert {name for name in before if before[name] != after[name]} == set(restarted)
    assert machines
    assert machines <= running(docker_client, stack.installation)
    assert readyz(stack.base_url)["down"] == []


def running(docker_client, installation):
    """Return the ids of the machines that run."""
    labels = [f"{LABEL_INSTALLATION}={installation}", LABEL_MACHINE]
    filters = {"label": labels, "status": "running"}
    return {container.id for container in docker_client.containers.list(filters=filters)}


def test_ctrl_c_leaves_nothing_and_the_next_start_keeps_passwords(docker_url, docker_client):
    platform = RunningPlatform(docker_url, f"drydock-up-{uuid.uuid4().hex[:8]}")
    try:
        platform.start()
        assert platform.password in platform.output
        pids = [platform.stack.supervisor.pid(name) for name in PROGRAMS]
        assert platform.stop(signal.SIGINT) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
        assert labelled(docker_client, platform.installation) == []
        assert mounts_below(platform.var) == []
        assert processes_naming(platform.var, ("python", "redis-server", "supervisord")) == []
        platform.start()
        assert "password: " not in platform.output
        assert platform.stop(signal.SIGTERM) == 0
    finally:
        remove_labelled(docker_client, platform.installation)
        platform.remove_folder()
