"""Run the checker on this machine as PID 1 without capabilities: it reports, and it always ends."""

import errno
import signal
import subprocess
import time

import pytest

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact, encode_request
from tests.support.checks.checker_box import NONCE, converse, probe, probe_one


def script(folder, body: str, name: str = "script.sh"):
    path = folder / name
    path.write_text(body)
    path.chmod(0o755)
    return str(path)


def test_reports_output_and_exit_code_of_each_command_in_order(checker):
    facts = probe(
        checker,
        [
            ProbeCommand("a", ("echo", "hello")),
            ProbeCommand("b", ("sh", "-c", "echo out; echo err >&2; exit 7")),
        ],
    )
    assert facts == [
        ProbeFact("a", 0, b"hello\n", b"", truncated=False, timed_out=False),
        ProbeFact("b", 7, b"out\n", b"err\n", truncated=False, timed_out=False),
    ]


def test_environment_is_clean_and_standard_input_empty(checker):
    fact = probe_one(checker, "env")
    assert sorted(fact.stdout.decode().splitlines()) == [
        "HOME=/root",
        "LANG=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    assert probe_one(checker, "pwd").stdout == b"/root\n"
    assert probe_one(checker, "wc", "-c").stdout.strip() == b"0"


def test_commands_inherit_three_descriptors_and_no_more(checker):
    names = probe_one(checker, "sh", "-c", "ls /proc/$$/fd; true").stdout.split()
    assert names == [b"0", b"1", b"2"]


def test_command_with_a_slash_is_the_machines_own_file(checker, tmp_path):
    assert probe_one(checker, script(tmp_path, "#!/bin/sh\necho mine\n")).stdout == b"mine\n"


def test_command_without_a_slash_never_is(checker, tmp_path):
    script(tmp_path, "#!/bin/sh\necho fake\n", name="cat")
    fact = probe_one(
        checker, "sh", "-c", f"PATH={tmp_path}:$PATH; export PATH; exec busybox cat /dev/null"
    )
    assert fact.stdout == b""
    assert probe_one(checker, "cat", "/proc/1/comm").stdout == b"checker\n"


def test_script_without_interpreter_line_is_run_by_the_platforms_shell(checker, tmp_path):
    assert probe_one(checker, script(tmp_path, "echo $1$2\n"), "a", "b").stdout == b"ab\n"


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("/nowhere/at/all",), errno.ENOENT),
        (("/etc",), errno.EACCES),
        (("/etc/passwd",), errno.EACCES),
    ],
)
def test_says_why_a_command_did_not_start(checker, argv, error):
    fact = probe_one(checker, *argv)
    assert (fact.exit_code, fact.error) == (None, error)


def test_says_what_signal_ended_a_command(checker):
    fact = probe_one(checker, "sh", "-c", "kill -SEGV $$")
    assert (fact.exit_code, fact.signal) == (None, signal.SIGSEGV)


def test_time_out_ends_a_command_and_keeps_what_it_printed(checker):
    began = time.monotonic()
    fact = probe_one(checker, "sh", "-c", "echo before; sleep 60", timeout_seconds=0.5)
    assert (fact.timed_out, fact.exit_code, fact.stdout) == (True, None, b"before\n")
    assert time.monotonic() - began < 3


def test_a_command_that_ignores_signals_ends_too(checker):
    assert probe_one(
        checker, "sh", "-c", "trap '' TERM INT HUP; while :; do :; done", timeout_seconds=0.5
    ).timed_out


def test_endless_output_is_cut_at_once(checker):
    began = time.monotonic()
    fact = probe_one(checker, "yes", timeout_seconds=20, output_max=1000)
    assert (fact.truncated, len(fact.stdout), fact.exit_code) == (True, 1000, None)
    assert time.monotonic() - began < 5


def test_endless_complaints_are_cut_too(checker):
    fact = probe_one(checker, "sh", "-c", "yes >&2", timeout_seconds=20, output_max=1000)
    assert (fact.truncated, len(fact.stderr)) == (True, 1000)


def test_all_commands_together_stay_within_the_reply(checker):
    facts = probe(checker, [ProbeCommand(f"c{i}", ("yes",), 5) for i in range(20)])
    assert sum(len(fact.stdout) for fact in facts) <= 512 * 1024
    assert all(fact.truncated for fact in facts)


def test_children_do_not_outlive_their_command(checker, tmp_path):
    mark = tmp_path / "mark"
    leave = (
        f"(trap '' HUP TERM; setsid sh -c 'sleep 1; echo late >{mark}') >/dev/null 2>&1 & echo gone"
    )
    facts = probe(
        checker, [ProbeCommand("a", ("sh", "-c", leave)), ProbeCommand("b", ("sleep", "2"))]
    )
    assert facts[0].stdout == b"gone\n"
    assert not mark.exists()


def test_a_child_that_keeps_the_pipe_open_delays_nothing(checker):
    began = time.monotonic()
    fact = probe_one(checker, "sh", "-c", "sleep 60 & echo done")
    assert (fact.exit_code, fact.stdout) == (0, b"done\n")
    assert time.monotonic() - began < 3


def test_processes_that_fork_on_and_on_are_ended(checker):
    loop = "f() { while :; do (:) & done; }; f & f & f & echo started; sleep 60"
    fact = probe_one(checker, "sh", "-c", f"ulimit -u 4000; {loop}", timeout_seconds=0.5)
    assert (fact.timed_out, fact.stdout) == (True, b"started\n")


def test_cannot_be_killed_stopped_or_robbed_by_its_commands(checker):
    attack = """
        kill -KILL 1; kill -TERM 1; kill -STOP 1; kill -CHLD 1
        echo forged > /proc/1/fd/1 && echo WROTE
        cat /proc/1/mem >/dev/null && echo READ
        cat /proc/1/environ && echo ENVIRON
        ls -l /proc/1/fd/ | grep pipe && echo LISTED
        echo end
    """
    fact = probe_one(checker, "sh", "-c", attack)
    assert (fact.exit_code, fact.stdout) == (0, b"end\n")


def test_killing_everything_in_sight_ends_only_the_command(checker):
    facts = probe(
        checker,
        [ProbeCommand("a", ("sh", "-c", "kill -9 -1")), ProbeCommand("b", ("echo", "alive"))],
    )
    assert facts[1].stdout == b"alive\n"


def test_a_forged_reply_on_standard_output_is_just_output(checker):
    forged = b"DDR1" + bytes([len(NONCE)]) + NONCE.encode()
    fact = probe_one(checker, "printf", "%s", forged.decode())
    assert fact.stdout == forged


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"DDQ1",
        b"DDQ1\x00\x00\x00\x05abc",
        b"DDQ1\xff\xff\xff\xff",
        b"NOPE\x00\x00\x00\x00",
        b"DDQ1\x00\x00\x00\x00",
        encode_request(NONCE, [ProbeCommand("a", ("true",))])[:-1],
    ],
    ids=["nothing", "magic", "short", "huge", "stranger", "empty", "cut"],
)
def test_a_bad_request_gets_no_reply(checker, request_bytes):
    done = converse(checker, request_bytes)
    assert (done.returncode, done.stdout) == (2, b"")


def test_longer_request_than_announced_gets_no_reply(checker):
    request = bytearray(encode_request(NONCE, [ProbeCommand("a", ("true",))]))
    request[4:8] = (len(request) - 8 + 1).to_bytes(4, "big")
    assert converse(checker, bytes(request) + b"x").returncode == 2


def test_refuses_to_run_where_it_is_not_the_first_process(checker):
    done = subprocess.run([checker], input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
