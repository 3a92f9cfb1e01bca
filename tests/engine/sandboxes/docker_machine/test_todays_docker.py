"""What a learner reads about Docker today works in a `docker` machine."""

import base64
import json

import pytest

from tests.support.machines import TypedMachine

pytestmark = pytest.mark.engine

RECIPE = """\
FROM drydock/busybox AS made
RUN --mount=type=cache,target=/cache echo cached > /cache/x && cp /cache/x /x
RUN <<END
echo one > /lines
echo two >> /lines
END
FROM drydock/busybox
COPY --link --from=made /x /lines /
CMD ["cat", "/lines"]
"""
COMPOSE = """\
name: stack
include: [more.yaml]
services:
  web:
    image: drydock/nginx
    ports: ["8083:80"]
    healthcheck: {test: ["CMD", "curl", "-fs", "localhost"], interval: 1s, retries: 30}
    develop:
      watch: [{action: sync, path: ., target: /app}]
"""
MORE = "services: {helper: {image: drydock/busybox, command: sleep 300}}\n"


def write(machine: TypedMachine, path: str, text: str) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    machine.say(f"mkdir -p $(dirname {path}); echo {encoded} | base64 -d > {path}")


@pytest.fixture
def recipe(machine: TypedMachine) -> str:
    write(machine, "/root/recipe/Dockerfile", RECIPE)
    return "/root/recipe"


def test_engine_and_its_plugins_are_those_of_today(machine: TypedMachine) -> None:
    versions = machine.say(
        "docker version -f '{{.Server.Version}}'; docker buildx version; docker compose version"
    )
    engine, buildx, compose = versions.splitlines()
    assert engine.startswith("26.")
    assert "buildx" in buildx
    assert "version 2." in compose


def test_a_cache_a_heredoc_and_a_link_build(machine: TypedMachine, recipe: str) -> None:
    code, output = machine.run(f"docker build -t modern {recipe}", 120)
    assert code == 0, output
    assert machine.say("docker run --rm modern").split() == ["one", "two"]
    machine.say("docker rmi modern")


def test_a_build_can_be_written_to_a_folder(machine: TypedMachine, recipe: str) -> None:
    code, output = machine.run(f"docker buildx build -o type=local,dest=/root/out {recipe}", 120)
    assert code == 0, output
    assert machine.say("cat /root/out/x") == "cached"


def test_compose_reads_names_includes_and_waits_for_health(machine: TypedMachine) -> None:
    write(machine, "/root/stack/compose.yaml", COMPOSE)
    write(machine, "/root/stack/more.yaml", MORE)
    code, output = machine.run("cd /root/stack && docker compose up -d --wait", 120)
    try:
        assert code == 0, output
        [project] = json.loads(machine.say("docker compose ls --format json"))
        assert (project["Name"], project["Status"]) == ("stack", "running(2)")
        assert "nginx" in machine.say("curl -s localhost:8083")
        rows = machine.say("docker compose ps --format json").splitlines()
        assert {json.loads(row)["Health"] for row in rows} == {"healthy", ""}
    finally:
        machine.run("docker compose down -t 1; cd", 60)


def test_a_relative_folder_and_json_rows_work(machine: TypedMachine) -> None:
    machine.say("mkdir -p /root/here && echo found > /root/here/file && cd /root")
    assert machine.say("docker run --rm -v ./here:/there drydock/busybox cat /there/file") == (
        "found"
    )
    machine.say("docker run -d --name row drydock/busybox sleep 100")
    try:
        assert json.loads(machine.say("docker ps --format json"))["Names"] == "row"
    finally:
        machine.say("docker rm -f row; cd")


def test_a_container_has_the_terminals_size_at_once(machine: TypedMachine) -> None:
    own = machine.say("stty size")
    assert own != "0 0"
    assert machine.say("docker run --rm -it drydock/debian stty size") == own
    assert machine.say("docker run --rm -it drydock/busybox stty size") == own


@pytest.mark.parametrize(
    "shell",
    [
        "docker run --rm drydock/debian bash -c",
        "docker run --rm drydock/busybox sh -c",
        "docker run --rm drydock/python bash -c",
        "su - -c",
        "env -i bash -lc",
        "env -i bash -lc 'exec su - -c \"$0\"'",
    ],
)
def test_every_shell_of_a_student_speaks_utf_8(machine: TypedMachine, shell: str) -> None:
    assert machine.say(f"""{shell} 'echo "${{LC_ALL:-$LANG}}"'""") == "C.UTF-8"


def test_a_line_with_wide_letters_can_be_edited_in_a_container(machine: TypedMachine) -> None:
    """Two steps to the left and one letter deleted, in a shell of a container."""
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("docker run --rm -it --hostname inside drydock/debian bash\n")
    typist.until("root@inside:/# ", after=after)
    after = len(typist.output)
    typist.type("echo ä€漢x\x1b[D\x1b[D\x7f\x05; exit\n")
    try:
        assert "ä漢x\nexit\n" in typist.until("\nexit\r\n", after=after).replace("\r", "")
    finally:
        typist.until_prompt()


def test_no_key_of_a_shell_leaves_a_container(machine: TypedMachine) -> None:
    """Docker's own keys for leaving begin with Ctrl-P, which shells use for the line before."""
    assert json.loads(machine.say("cat ~/.docker/config.json"))["detachKeys"] == "ctrl-],d"


TOOLS = ["jq", "git", "curl", "ssh", "htop", "tmux", "less", "man"]


def test_tools_of_lessons_are_there_with_their_manuals(machine: TypedMachine) -> None:
    assert len(machine.say(f"command -v {' '.join(TOOLS)}").split()) == len(TOOLS)
    for page in ("ls", "curl", "docker-run", "7 signal"):
        assert machine.run(f"man {page} > /dev/null")[0] == 0, page
    assert machine.say("docker run --rm drydock/nginx curl --version | head -c 4") == "curl"
