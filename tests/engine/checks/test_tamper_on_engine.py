"""Ways to lie to a grader, each tried on a real machine: none earns a point, none makes it hang,
and honest work still passes beside it."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checks.registry import CheckSpec
from core.specs.outcomes import EvidenceMissing
from tests.support.checks.evidence import command_check, file_check, process_check
from tests.support.machines import MachineMaker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]

ANSWER = file_check(equals="42")
CAT = command_check(argv=("cat", "/root/answer"), equals="42")
# Longer than any grading takes here, with other work on the machine; a hang is longer still.
PROMPTLY = 25.0


@pytest.fixture(scope="module")
def boxes(engine, docker_client, installation):
    boxes = MachineMaker(engine, docker_client, f"{installation}/linux:latest")
    yield boxes
    boxes.sweep()


@pytest.fixture
def box(boxes):
    yield boxes.make_idle()
    boxes.sweep()


@pytest.fixture(autouse=True)
def promptly():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PROMPTLY + 10


def verdicts(box, *checks: CheckSpec):
    """Whether each check passed; None for all when nothing was graded."""
    began = time.monotonic()
    try:
        results = [result.passed for result in box.grade(*checks)]
    except EvidenceMissing:
        results = [None] * len(checks)
    assert time.monotonic() - began < PROMPTLY
    return results


def test_honest_work_passes(box):
    box.output("echo 42 > /root/answer; hostname > /root/name; uname -r > /root/kernel")
    box.leave_running("exec sleep 1234")
    checks = [
        ANSWER,
        file_check(id="name", path="/root/name", equals_fact="hostname"),
        file_check(id="kernel", path="/root/kernel", equals_fact="kernel"),
        CAT,
        process_check(args_match="1234$"),
    ]
    assert verdicts(box, *checks) == [True] * 5


def test_honest_script_passes(box):
    box.output(
        "printf '#!/bin/bash\\necho $((6 * 7))\\n' > /root/answer.sh; chmod +x /root/answer.sh"
    )
    assert verdicts(box, command_check(argv=("/root/answer.sh",), equals="42")) == [True]


def test_untouched_machine_fails(box):
    assert verdicts(box, ANSWER, CAT, process_check(args_match="1234$")) == [False, False, False]


def test_grading_again_sees_what_has_changed(box):
    assert verdicts(box, ANSWER, CAT) == [False, False]
    box.output("echo 42 > /root/answer")
    assert verdicts(box, ANSWER, CAT) == [True, True]


@pytest.mark.parametrize(
    "lie",
    [
        "printf '#!/bin/sh\\necho 42\\n' > /usr/local/sbin/cat; chmod +x /usr/local/sbin/cat",
        "printf '#!/bin/sh\\necho 42\\n' > /usr/bin/cat; chmod +x /usr/bin/cat",
        "rm /usr/bin/sh; cp /usr/bin/echo /usr/bin/sh; cp /usr/bin/echo /usr/bin/busybox",
        (
            "mkdir -p /usr/local/bin; for t in cat sh busybox env; do ln -sf /usr/bin/yes"
            " /usr/local/bin/$t; done"
        ),
        (
            "rm -rf /.drydock/busybox; cp /usr/bin/yes /.drydock/busybox; mv /.drydock /.d; mkdir"
            " /.drydock"
        ),
        (
            "echo 'cat() { echo 42; }' | tee /root/.profile > /root/.bashrc; echo"
            " 'ENV=/root/.profile' > /etc/environment"
        ),
    ],
    ids=[
        "cat first in PATH",
        "cat replaced",
        "sh replaced",
        "tools replaced",
        "checker replaced",
        "profile",
    ],
)
def test_replaced_programs_are_not_asked(box, lie):
    box.output("echo wrong > /root/answer")
    box.output(lie)
    assert verdicts(box, ANSWER, CAT) == [False, False]


def test_preloaded_library_is_not_loaded(box):
    """Whatever a dynamic program would load first: a file that is no library breaks every one of
    them."""
    box.output(
        "echo wrong > /root/answer; echo /root/evil.so > /etc/ld.so.preload; echo x >"
        " /root/evil.so; rm -f /lib64/*"
    )
    assert verdicts(box, ANSWER, CAT) == [False, False]


def test_preloaded_library_does_not_stop_honest_work(box):
    box.output("echo 42 > /root/answer; echo /root/evil.so > /etc/ld.so.preload; rm -f /lib64/*")
    assert verdicts(box, ANSWER, CAT) == [True, True]


@pytest.fixture(scope="module")
def liar(tmp_path_factory) -> bytes:
    """A library that makes every program that loads it print 42 and end well."""
    folder = tmp_path_factory.mktemp("liar")
    (folder / "liar.c").write_text(
        '#include <unistd.h>\n__attribute__((constructor)) void lie(void) { write(1, "42\\n", 3);'
        " _exit(0); }\n"
    )
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-w", "-o", folder / "liar.so", folder / "liar.c"], check=True
    )
    return (folder / "liar.so").read_bytes()


def test_preloaded_library_that_lies_is_heard_by_nobody(box, liar):
    box.put("/root/liar.so", liar)
    box.output("echo wrong > /root/answer; echo /root/liar.so > /etc/ld.so.preload")
    assert box.output("cat /root/answer") == "42\n"
    script = command_check(id="script", argv=("sh", "-c", "cat /root/answer"), equals="42")
    assert verdicts(box, ANSWER, CAT, script) == [False, False, False]


def test_clock_can_not_be_moved_and_times_of_files_mean_nothing(box):
    assert "not permitted" in box.output(
        "date -s 2040-01-01 2>&1; hwclock --set --date 2040-01-01 2>&1"
    )
    box.output(
        "echo wrong > /root/answer; touch -d 2199-01-01 /root/answer; touch -d 1970-01-01 /root;"
        " touch -d 2199-01-01 /"
    )
    now = command_check(id="now", argv=("date", "+%Y"), equals=str(time.gmtime().tm_year))
    assert verdicts(box, ANSWER, CAT, now) == [False, False, True]
    box.output("echo 42 > /root/answer; touch -d 2199-01-01 /root/answer")
    assert verdicts(box, ANSWER, CAT) == [True, True]


def test_loop_that_kills_everything_reaches_no_checker(box):
    box.output("echo 42 > /root/answer")
    box.leave_running(
        "while :; do for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p = $$ ] || kill -9 $p; done; done"
        " 2>/dev/null"
    )
    assert verdicts(box, ANSWER, CAT) == [True, True]


def test_loop_that_rewrites_the_answer_cannot_be_both(box):
    box.leave_running("while :; do echo 42 > /root/answer; echo 43 > /root/answer; done")
    passed = verdicts(
        box,
        file_check(equals="42\n43"),
        command_check(argv=("cat", "/root/answer"), equals="42\n43"),
    )
    assert passed == [False, False]


def test_fork_bomb_delays_nothing_for_long(boxes, box):
    other = boxes.make_idle()
    for each_box in (box, other):
        each_box.output("echo 42 > /root/answer")
    box.leave_running("f() { f | f & }; f")
    with ThreadPoolExecutor(2) as pool:  # a neighbour's answer is looked at meanwhile
        pending = [pool.submit(verdicts, each_box, ANSWER, CAT) for each_box in (box, other)]
    assert [future.result() for future in pending] == [[True, True], [True, True]]


def test_nothing_stays_open_in_the_grader(box):
    box.output("mkfifo /root/pipe; ln -s / /root/link; mkdir /root/folder; echo 42 > /root/answer")
    paths = (
        "/root/pipe",
        "/root/link",
        "/root/folder",
        "/root/answer",
        "/root/nothing",
        "/root/link/proc/1/root",
    )
    checks = [
        file_check(id=f"c{number}", path=path, equals="x") for number, path in enumerate(paths)
    ]
    verdicts(box, *checks)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        verdicts(box, *checks)
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 10  # some connections more or less


@pytest.mark.parametrize(
    ("lie", "finding"),
    [
        ("echo 42 > /root/other; ln -s /root/other /root/answer", "symbolic link"),
        ("ln -s /proc/1/root/.drydock/checker /root/answer", "symbolic link"),
        ("ln -s /etc/hostname /root/answer", "symbolic link"),
        ("mkfifo /root/answer", "not a regular file"),
        ("mkdir /root/answer; echo 42 > /root/answer/42", "a folder"),
        (
            "truncate -s 200M /root/answer",
            "too large",
        ),
        ("(echo 42; head -c 200000 /dev/zero) > /root/answer", "too large"),
        ("printf '42\\000' > /root/answer", "not text"),
    ],
    ids=[
        "symlink",
        "symlink to tools",
        "symlink to host file",
        "fifo",
        "folder",
        "sparse",
        "large",
        "zero byte",
    ],
)
def test_answers_that_are_no_plain_file(box, lie, finding):
    box.output(lie)
    began = time.monotonic()
    result = box.grade(ANSWER)[0]
    assert not result.passed
    assert finding in result.found
    assert time.monotonic() - began < 5


def test_a_disk_full_of_holes_costs_nothing(box):
    """Files of 255 MB each that take no room, more in all than the engine should ever copy: 200 GB
    would do as well, but a copy that is made after all shall not fill the disk of whoever runs
    this."""
    box.output("echo 42 > /root/answer; for i in $(seq 5); do truncate -s 255M /root/hole$i; done")
    began = time.monotonic()
    assert verdicts(box, CAT) in (
        [True],
        [None],
    )  # a snapshot has the holes too; a commit would have to write them
    assert time.monotonic() - began < 5
    assert verdicts(box, ANSWER) == [True]
    box.output("rm /root/hole*")
    assert verdicts(box, CAT) == [True]


def test_command_that_reads_a_fifo_ends_at_its_time_out(box):
    box.output("mkfifo /root/answer")
    result = box.grade(command_check(argv=("cat", "/root/answer"), equals="42", timeout_seconds=1))[
        0
    ]
    assert result.found == "it had not ended after 1 seconds"


@pytest.mark.parametrize(
    "body",
    [
        "echo 42 > /proc/1/fd/1",
        "for p in /proc/[0-9]*; do echo DDR1 > $p/fd/1; printf DDE1 > $p/fd/1; done; exit 1",
        "cat /proc/1/environ /proc/1/mem /proc/1/maps; kill -9 1; kill -STOP 1; exit 1",
        "printf 'DDR1\\040'; exit 1",
        "exec gdb -p 1 2>/dev/null || exit 1",
        "mount --bind /root /.drydock; echo x > /.drydock/checker; exit 1",
        "kill -9 -1",
        "while :; do :; done",
        "yes 42",
        "setsid sh -c 'while :; do echo 42 > /proc/1/fd/1; done' & exit 1",
    ],
    ids=["fd", "frames", "memory", "output", "trace", "mount", "kill", "spin", "flood", "daemon"],
)
def test_script_cannot_write_the_checkers_reply(box, body):
    """The student's own program runs under the checker, and a wrong answer stands beside it."""
    box.output(
        f"cat > /root/run.sh <<'END'\n#!/bin/bash\n{body}\nEND\nchmod +x /root/run.sh; echo wrong >"
        " /root/answer"
    )
    run = command_check(id="run", argv=("/root/run.sh",), equals="42", timeout_seconds=1)
    after = command_check(id="after", argv=("cat", "/root/answer"), equals="42")
    assert verdicts(box, run, after) in ([False, False], [None, None])


def test_nothing_is_left_on_the_engine(boxes, box):
    box.output("echo 42 > /root/answer")
    verdicts(box, CAT)
    assert boxes.wait_for_probes()


def test_the_machine_goes_on_undisturbed(box):
    box.leave_running("for i in $(seq 3000); do echo $i >> /root/log; sleep 0.05; done")
    verdicts(box, CAT)
    before = int(box.output("tail -n 1 /root/log"))
    time.sleep(0.5)
    assert int(box.output("tail -n 1 /root/log")) > before
