"""Checks of ports and authors' scripts, with a real machine and a real grader."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.specs.outcomes import EvidenceMissing
from operate.images.service_images import ensure_grader_image
from tests.support.checks.evidence import file_check, port_check, script_check
from tests.support.machines import MachineMaker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]

# A server in what every Debian has. $c is the connection.
SERVER = (
    "exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => {port}, Listen => 5,"
    " ReuseAddr => 1) or die; while ($c = $s->accept) {{ $_ = <$c>; {answer}; close $c }}'"
)
HELLO = r'print $c "HTTP/1.0 200 OK\r\n\r\nhello"'
HONEST = [
    port_check(),
    port_check(id="web", http_path="/", equals="hello"),
    port_check(id="none", port=81, open=False),
]


@pytest.fixture(scope="module")
def boxes(engine, docker_client, installation):
    ensure_grader_image(docker_client, installation, lambda _fraction, _text: None)
    boxes = MachineMaker(engine, docker_client, f"{installation}/linux:latest")
    yield boxes
    boxes.sweep()


@pytest.fixture(scope="module")
def box(boxes):
    return boxes.make_idle()


def serve(box, answer: str, port: int = 80) -> None:
    box.leave_running(SERVER.format(port=port, answer=answer))
    time.sleep(0.3)


def test_a_server_is_seen_and_its_absence_too(boxes):
    box = boxes.make_idle()
    assert [result.passed for result in box.grade(*HONEST)] == [False, False, True]
    serve(box, HELLO)
    killer = (
        "for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p = $$ ] || grep -q perl /proc/$p/comm || kill"
        " -9 $p; done"
    )
    box.leave_running(f"while :; do {killer}; done 2>/dev/null")
    results = box.grade(*HONEST, port_check(id="gone", http_path="/", status=404))
    assert [result.passed for result in results] == [True, True, True, False]
    assert results[3].found == "status 200 and “hello”"


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (r'print $c "DDR1\x01x\0\0DDE1\x01x"', "does not speak HTTP"),
        ("sleep 60", "a connection that says nothing"),
        (
            r'print $c "HTTP/1.0 200 OK\r\n\r\n"; while (1) { print $c "hello" or last }',
            "more than is read",
        ),
        (
            r'print $c "HTTP/1.0 200 OK\r\n\r\n"; while (1) { print $c "h"; $c->flush; sleep 1 }',
            "no end in time",
        ),
        (r'print $c "HTTP/1.0 302 Found\r\nLocation: http://example.org/\r\n\r\n"', "status 302"),
    ],
    ids=["frames", "silence", "flood", "trickle", "redirect"],
)
def test_a_server_that_lies_earns_nothing_and_delays_nobody(boxes, box, answer, finding):
    honest = boxes.make_idle()
    serve(honest, HELLO)
    port = 8000 + len(finding)
    serve(box, answer, port)
    check = port_check(port=port, http_path="/", equals="hello", timeout_seconds=2)
    with ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        lying, beside = pool.submit(box.grade, check), pool.submit(honest.grade, *HONEST)
        assert [result.passed for result in beside.result()] == [True, True, True]
        [result] = lying.result()
        assert time.monotonic() - began < 20
    assert not result.passed
    assert finding in result.found


def test_a_script_sees_the_evidence_and_nothing_else(box):
    box.output("printf '1\\n2\\n3\\n' > /root/numbers; echo secret > /root/other")
    script = """
import json, os, socket
evidence = json.load(open("evidence.json"))
numbers = [int(line) for line in open("files/root/numbers")]
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as error:
    network = error.strerror
try:
    open("files/root/numbers", "w")
except OSError as error:
    writing = error.strerror
files, other = sorted(evidence["files"]), os.path.exists("/root/other")
found = [sum(numbers), os.getuid(), network, writing, files, other]
print(json.dumps({"points": 1, "found": repr(found)}))
"""
    [result] = box.grade(script_check(script=script, files=["/root/numbers"]))
    assert (result.earned, result.passed) == (1, False)
    assert (
        result.found
        == "[6, 65534, 'Network is unreachable', 'Permission denied', ['/root/numbers'], False]"
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("while True: pass", "in time"),
        ("print('x' * 100_000)", "too much"),
        ("raise ValueError", "exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "from outside"),
        ("x = bytearray(10**9); x[::4096] = b'x' * len(x[::4096])", "script"),
        ("import os\nwhile True: os.fork()", "script"),
        ("import os; os.kill(1, 9); os.kill(-1, 9)", "script"),
        ("import os; os.write(os.open('/proc/1/fd/1', os.O_WRONLY), b'DDR1')", "exit code 1"),
    ],
    ids=["spin", "flood", "fault", "suicide", "memory", "forks", "murder", "forgery"],
)
def test_a_script_that_fails_grades_nothing(boxes, box, script, message):
    began = time.monotonic()
    with pytest.raises(EvidenceMissing, match=message):
        box.grade(
            file_check(type="any", path="/root"), script_check(script=script, timeout_seconds=2)
        )
    assert time.monotonic() - began < 25
    assert boxes.wait_for_probes()
