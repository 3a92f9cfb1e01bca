"""The generated configuration, read back the way supervisord reads it."""

import configparser
import shlex
from pathlib import Path

import pytest

from operate.stack.layout import Layout
from operate.stack.programs import all_programs
from operate.stack.supervisor import Program, render


def parse(layout: Layout, programs: list[Program]) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(render(layout, programs, Path("/srv/drydock")))
    return parser


@pytest.fixture
def layout() -> Layout:
    return Layout(Path("/srv/drydock/var"))


def test_every_program_is_restarted_and_none_starts_by_itself(layout):
    conf = parse(layout, all_programs(layout, "127.0.0.1", 8000))
    names = [name for name in conf.sections() if name.startswith("program:")]
    assert [name.split(":")[1] for name in names] == [
        "containerd",
        "dockerd",
        "redis",
        "web",
        "worker",
        "grader",
        "beat",
        "events",
        "observer",
    ]
    assert {conf[name]["autorestart"] for name in names} == {"true"}
    assert {conf[name]["autostart"] for name in names} == {"false"}


def test_logs_are_bounded(layout):
    conf = parse(layout, all_programs(layout, "127.0.0.1", 8000))
    assert int(conf["program:web"]["stdout_logfile_maxbytes"]) <= 10_000_000
    assert conf["program:web"]["stdout_logfile"] == "/srv/drydock/var/log/web.log"


def test_no_secret_and_no_environment_stands_in_it(layout):
    text = render(layout, all_programs(layout, "127.0.0.1", 8000), Path("/srv/drydock"))
    assert "environment" not in text
    assert "SECRET" not in text


def test_words_with_spaces_quotes_and_per_cent_arrive_whole(layout):
    arguments = ("prog", "two words", 'a "quote"', "100%", "back\\slash")
    conf = parse(layout, [Program("odd", arguments)])
    expanded = conf["program:odd"]["command"] % {}
    assert tuple(shlex.split(expanded))[-5:] == arguments


def test_dockerd_enters_the_network_namespace_and_keeps_the_mounts(layout):
    command = parse(layout, all_programs(layout, "127.0.0.1", 8000))["program:dockerd"]["command"]
    assert f'"nsenter" "--net=/run/netns/drydock-{layout.tag}" "dockerd"' in command


def test_keystrokes_are_not_compressed(layout):
    command = parse(layout, all_programs(layout, "127.0.0.1", 8000))["program:web"]["command"]
    assert '"--ws-per-message-deflate" "false"' in command
