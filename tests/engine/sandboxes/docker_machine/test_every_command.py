"""Every command of `docker --help` is typed once; what can't work says so in one plain line."""

import re
import time

import pytest

from tests.support.machines import TypedMachine

pytestmark = pytest.mark.engine

# Each with what is expected: an exit code, and words of its output.
WORK = {
    "run": "docker run --rm drydock/busybox echo ran",
    "exec": "docker exec job echo in there",
    "ps": "docker ps",
    "build": "echo 'FROM drydock/busybox' | docker build -t built -",
    "images": "docker images",
    "logout": "docker logout elsewhere:5000",
    "version": "docker version",
    "info": "docker info",
    "builder": "docker builder prune -f",
    "buildx": "docker buildx ls",
    "compose": "docker compose ls",
    "container": "docker container ls",
    "context": "docker context ls",
    "image": "docker image ls",
    "network": "docker network ls",
    "plugin": "docker plugin ls",
    "system": "docker system df",
    "volume": "docker volume ls",
    "swarm": "docker swarm init && docker swarm leave --force",
    "attach": "docker run -d --name speaks drydock/busybox sh -c 'sleep 1; echo spoken'; "
    "docker attach speaks; docker rm speaks",
    "commit": "docker commit job committed",
    "cp": "docker cp /etc/hostname job:/copied",
    "create": "docker create --name made drydock/busybox true && docker rm made",
    "diff": "docker diff job",
    "events": "docker events --since 1m --until 0s",
    "export": "docker export job | tar -t > /dev/null",
    "history": "docker history drydock/debian",
    "import": "echo | tar -c -T /dev/null | docker import - imported",
    "inspect": "docker inspect job",
    "kill": "docker kill -s CONT job",
    "load": "docker save drydock/busybox | docker load",
    "logs": "docker logs job",
    "port": "docker port job",
    "rename": "docker rename job other && docker rename other job",
    "restart": "docker restart -t 0 job",
    "rm": "docker create --name gone drydock/busybox && docker rm gone",
    "rmi": "docker tag drydock/busybox away && docker rmi away",
    "save": "docker save drydock/busybox > /dev/null",
    "start": "docker start job",
    "stats": "docker stats --no-stream job",
    "stop": "docker run -d --rm --name ends drydock/busybox sleep 60 && docker stop -t 0 ends",
    "tag": "docker tag drydock/busybox another",
    "top": "docker top job",
    "update": "docker update --restart no job",
    "wait": "docker run -d --name waits drydock/busybox sleep 1; docker wait waits; "
    "docker rm waits",
}
NO_WAY_OUT = "There is no way out of this machine"
FAIL = {
    "pull": ("docker pull nginx", NO_WAY_OUT),
    "push": ("docker tag drydock/busybox me/app && docker push me/app", NO_WAY_OUT),
    "login": ("docker login -u me -p secret", NO_WAY_OUT),
    "search": ("docker search nginx", NO_WAY_OUT),
    "manifest": ("docker manifest inspect nginx", "no such host"),
    "trust": ("docker trust inspect nginx", "no signatures or cannot access"),
}
WITHOUT_CGROUPS = {
    "pause": ("docker pause job", "can't be paused here"),
    "unpause": ("docker unpause job", "can't be paused here"),
}
SECONDS = 5.0  # a raw time-out for a name takes ten and more


@pytest.fixture(autouse=True, scope="module")
def _job(machine: TypedMachine) -> None:
    machine.say("docker run -d --name job drydock/busybox sh -c 'trap exit TERM; sleep 600 & wait'")


def has_cgroups(machine: TypedMachine) -> bool:
    return machine.say("docker info -f '{{.CgroupDriver}}'") != "none"


def test_every_command_of_the_help_is_typed_here(machine: TypedMachine) -> None:
    text = machine.say("docker --help").partition("Global Options")[0]
    commands = set(re.findall(r"^  ([a-z]+)\*? ", text, re.MULTILINE))
    assert commands == {*WORK, *FAIL, *WITHOUT_CGROUPS}


@pytest.mark.parametrize("command", WORK)
def test_command_works(machine: TypedMachine, command: str) -> None:
    code, output = machine.run(WORK[command], 120)
    assert code == 0, output
    assert "runc did not" not in output


@pytest.mark.parametrize("command", FAIL)
def test_command_that_needs_a_way_out_says_so_at_once(machine: TypedMachine, command: str) -> None:
    typed, words = FAIL[command]
    began = time.monotonic()
    code, output = machine.run(typed)
    assert code != 0
    assert words in output
    assert "timeout" not in output
    assert time.monotonic() - began < SECONDS * 4  # what a loaded machine may take besides


@pytest.mark.parametrize("command", WITHOUT_CGROUPS)
def test_command_that_needs_cgroups_says_so(machine: TypedMachine, command: str) -> None:
    typed, words = WITHOUT_CGROUPS[command]
    if has_cgroups(machine):
        pytest.skip("this engine has cgroups, so pausing works")
    code, output = machine.run(typed)
    assert (code, len(output.splitlines())) == (1, 1)
    assert words in output


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ("-m 64m", True),
        ("-m64m", True),
        ("--memory=64m", True),
        ("--rm -it --cpus 0.5", True),
        ("-e X=1 -v /root:/r --pids-limit 9", True),
        ("-e --memory", False),
        ("--rm", False),
    ],
)
def test_limits_that_are_not_kept_are_warned_of(
    machine: TypedMachine, options: str, warned: bool
) -> None:
    if has_cgroups(machine):
        pytest.skip("this engine has cgroups, so limits are kept")
    output = machine.say(f"docker run {options} drydock/busybox echo -m --cpus ran")
    assert output.endswith("ran")
    assert ("are not kept here" in output) == warned
    machine.say("docker ps -aqf ancestor=drydock/busybox -f status=exited | xargs -r docker rm")


def test_privileged_is_refused_in_one_line(machine: TypedMachine) -> None:
    code, output = machine.run("docker run --rm --privileged drydock/busybox true")
    assert (code, len(output.splitlines())) == (125, 1)
    assert "can't be had in a machine" in output
    assert machine.say("docker run --rm drydock/busybox echo --privileged") == "--privileged"


def test_limits_are_kept_where_there_are_cgroups(machine: TypedMachine) -> None:
    if not has_cgroups(machine):
        pytest.skip(
            "this host's cgroups are of version 1, of which an engine in a machine has none"
        )
    code, _ = machine.run(
        "docker run --rm -m 32m drydock/busybox sh -c 'head -c 64m /dev/zero | tail'"
    )
    assert code != 0
