"""Whatever asks for a name of the outside is told at once that there is none, wherever it runs."""

import time

import pytest

from tests.support.machines import TypedMachine

pytestmark = pytest.mark.engine

SECONDS = 8.0  # unanswered questions take ten and more; a loaded machine takes some of these
ASK = {
    "in the machine": "getent hosts example.com",
    "curl": "curl -s https://example.com",
    "an address": "curl -s http://1.1.1.1",
    "apt": "apt-get update && false",
    "git": "git ls-remote https://example.com/x",
    "in a container": "docker run --rm drydock/debian getent hosts example.com",
    "in a network": "docker run --rm --network lan drydock/debian getent hosts example.com",
    "an address in a container": "docker run --rm drydock/nginx curl -s http://1.1.1.1",
    "apt in a container": "docker run --rm drydock/debian apt-get update && false",
    "pip": "docker run --rm drydock/python pip install requests",
    "a build's download": "printf 'FROM drydock/busybox\\nADD https://example.com/x /x\\n' | "
    "docker build -",
    "a typing error": "docker run --rm drydock/busibox",
}


@pytest.fixture(autouse=True, scope="module")
def _network(machine: TypedMachine) -> None:
    machine.say("docker network create lan")


@pytest.mark.parametrize("who", ASK)
def test_names_are_refused_at_once(machine: TypedMachine, who: str) -> None:
    began = time.monotonic()
    code, output = machine.run(ASK[who], 120)
    assert code != 0, output
    assert time.monotonic() - began < SECONDS, output


@pytest.mark.parametrize(
    "who", ["apt", "apt in a container", "a build's download", "a typing error"]
)
def test_what_can_say_it_says_that_there_is_no_way_out(machine: TypedMachine, who: str) -> None:
    assert "no way out of this machine" in machine.run(ASK[who])[1]


def test_the_prompt_says_it_for_everything_else(machine: TypedMachine) -> None:
    machine.say("true")  # whose prompt says what a test before this one has asked for
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("curl -s http://some.example.com\n")
    output = typist.until("some.example.com is out of reach", after=after)
    assert "no way out" not in output.partition("some.example.com is out of reach")[0]
    typist.until_prompt()
    assert "out of reach" not in machine.say("true")


def test_names_of_the_sandbox_are_still_known(machine: TypedMachine) -> None:
    machine.say("docker run -d --name neighbour --network lan drydock/busybox sleep 100")
    try:
        asked = "docker run --rm --network lan drydock/busybox ping -c 1 neighbour"
        assert "0% packet loss" in machine.say(asked)
    finally:
        machine.say("docker rm -f neighbour")
