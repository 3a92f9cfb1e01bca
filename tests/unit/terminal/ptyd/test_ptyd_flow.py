"""Test ptyd's flow control: credit to the byte, back-pressure, slow viewers, floods, pastes."""

import contextlib
import hashlib
import random
import select
import socket
import threading
import time

import pytest

from terminal.wire import ptyd_frames
from tests.support.waiting import PATIENCE_SECONDS, wait_for

BEHIND = 2 * 65536  # bytes that a PTY may print before it waits: the threshold and a read budget
MEGABYTE = 1 << 20


def type_in_pieces(viewer, data):
    with contextlib.suppress(OSError):  # the viewer may leave meanwhile
        viewer.type(data)


def test_credit_is_respected_to_the_byte(host_ptyd):
    starter = host_ptyd.viewer()
    starter.run("stty -echo; seq 1 20000")
    viewer = host_ptyd.viewer(acks=False, window=1000, read_only=True)
    viewer.settle()
    assert len(viewer.output) == 1000
    for granted, total in ((300, 1300), (301, 1301), (300, 1301), (1301, 2301), (10**12, 3301)):
        viewer.ack(granted)
        viewer.settle()
        assert len(viewer.output) == total
    assert viewer.output == starter.output[:3301]


def test_without_credit_nothing_is_sent(host_ptyd):
    viewer = host_ptyd.viewer(acks=False, window=0, read_only=True)
    host_ptyd.viewer().run("seq 1 100")
    viewer.settle()
    assert viewer.output == b""


def bytes_produced(host_ptyd):
    """Count the bytes that the terminal has printed so far, without holding it up."""
    watcher = host_ptyd.viewer(read_only=True, window=0)
    watcher.close()
    return watcher.hello.end


def test_a_stalled_viewer_stops_the_program_and_costs_no_memory(host_ptyd):
    before = host_ptyd.resident_bytes()
    viewer = host_ptyd.viewer(acks=False, window=10_000)
    viewer.type(b"yes\n")
    wait_for(lambda: bytes_produced(host_ptyd) > 65536, "output", PATIENCE_SECONDS, every=0.02)
    counts = [bytes_produced(host_ptyd)]
    wait_for(
        lambda: (
            counts.append(bytes_produced(host_ptyd))
            or (len(set(counts[-20:])) == 1 and len(counts) > 40)
        ),
        "output that stops",
        PATIENCE_SECONDS,
        every=0.02,
    )
    assert counts[-1] <= 10_000 + BEHIND
    assert host_ptyd.resident_bytes() - before < MEGABYTE
    viewer.acks = True
    viewer.ack()
    viewer.until(lambda: len(viewer.output) > MEGABYTE)
    viewer.type(b"\x03")
    viewer.run("true")


def test_memory_stays_bounded_when_nobody_looks(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.type(b"yes\n")
    viewer.send(ptyd_frames.DETACH)
    viewer.until_end()
    wait_for(
        lambda: bytes_produced(host_ptyd) > 8 * MEGABYTE, "output", PATIENCE_SECONDS, every=0.02
    )
    assert host_ptyd.resident_bytes() < 6 * MEGABYTE


def test_one_stalled_viewer_does_not_slow_another_and_is_dropped(small_ring):
    stalled = small_ring.viewer(acks=False, window=5000)
    quick = small_ring.viewer()
    quick.run("seq 1 50000")
    assert b"50000\r\n" in quick.output
    stalled.until_end()
    assert stalled.errors == [b"slow"]
    assert quick.output.startswith(stalled.output)


def test_a_viewer_that_does_not_read_at_all_is_dropped(small_ring):
    deaf = small_ring.viewer(acks=False, window=2**32 - 1)
    quick = small_ring.viewer()
    quick.run("seq 1 150000")
    deaf.until_end()
    assert quick.output.startswith(deaf.output)
    assert len(deaf.output) < len(quick.output)


def test_who_only_watches_never_holds_a_program_up(small_ring):
    starter = small_ring.viewer()
    starter.type(b"seq 1 50000; echo do''ne\n")
    watcher = small_ring.viewer(acks=False, window=0, read_only=True)
    starter.see(b"done")
    watcher.until_end()
    assert watcher.errors == [b"slow"]


@pytest.mark.parametrize("stalled_first", [False, True])
def test_ctrl_c_ends_a_flood(host_ptyd, stalled_first):
    viewer = host_ptyd.viewer(acks=not stalled_first, window=100_000)
    viewer.type(b"yes\n")
    viewer.until(lambda: len(viewer.output) >= 100_000)
    viewer.type(b"\x03")
    viewer.acks = True
    viewer.ack()
    assert b"free" in viewer.run("echo fr''ee")


def test_a_second_viewer_may_interrupt_for_one_that_is_stalled(host_ptyd):
    stalled = host_ptyd.viewer(acks=False, window=1000)
    stalled.type(b"yes\n")
    stalled.until(lambda: len(stalled.output) == 1000)
    other = host_ptyd.viewer()
    other.type(b"\x03")
    assert b"free" in other.run("echo fr''ee")


@pytest.mark.parametrize("echo", ["-echo", "echo"])
def test_a_megabyte_paste_arrives_intact(host_ptyd, echo):
    paste = random.Random(11).randbytes(MEGABYTE)
    viewer = host_ptyd.viewer()
    viewer.run(f"stty raw {echo}")
    viewer.type(f"echo re''ady; head -c {MEGABYTE} | sha256sum; echo ha''shed\n".encode())
    viewer.see(b"ready")  # only now does nobody but `head` read
    viewer.type(paste)
    viewer.see(b"hashed")
    assert hashlib.sha256(paste).hexdigest().encode() in viewer.output


def test_acks_are_read_behind_a_paste_that_nobody_takes(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("stty raw -echo")
    viewer.type(b"sleep 1000\n")
    viewer.type(b"x" * MEGABYTE)
    viewer.settle()


def test_ctrl_c_gets_past_a_paste_that_nobody_takes(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("stty -echo")
    viewer.type(b"sh -c 'echo asleep; exec sleep 1000'\n")
    viewer.see(b"asleep")
    viewer.type(b"some line\n" * 50_000)
    viewer.type(b"\x03")
    assert b"free" in viewer.run("echo fr''ee")
    assert b"some: not found" not in viewer.output


def test_more_input_than_can_wait_is_not_read_until_the_program_reads(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("stty raw -echo")
    viewer.acks = False  # this thread's would land in the middle of the other's
    sent = b"".join(number.to_bytes(4) for number in range(2_500_000))
    go = "while [ ! -e go ]; do sleep 0.1; done"
    reader = f"echo re''ady; {go}; head -c {len(sent)} | sha256sum; echo ha''shed"
    viewer.type(f"{reader}\n".encode())
    viewer.see(b"ready")
    before = host_ptyd.resident_bytes()
    typing = threading.Thread(target=type_in_pieces, args=(viewer, sent))
    typing.start()
    typing.join(1)
    assert typing.is_alive(), "ten megabytes were taken though nobody reads"
    assert host_ptyd.resident_bytes() - before < 6 * MEGABYTE
    (host_ptyd.socket.parent.parent / "go").touch()
    viewer.see(b"hashed")
    typing.join()
    assert hashlib.sha256(sent).hexdigest().encode() in viewer.output
    assert not viewer.errors


def test_a_program_that_answers_its_input_and_a_viewer_that_is_not_read_do_not_wait_for_each_other(
    host_ptyd,
):
    """`cat` prints while ten megabytes are typed: acknowledgements wait behind the input."""
    viewer = host_ptyd.viewer(window=65536)
    viewer.run("stty raw -echo")
    viewer.acks = False  # they would stand behind the input in any case
    size = 10 * MEGABYTE
    viewer.type(f"echo re''ady; head -c {size} | cat; echo; echo al''l\n".encode())
    viewer.see(b"ready")
    typing = threading.Thread(target=type_in_pieces, args=(viewer, b"y" * size))
    typing.start()
    while typing.is_alive():
        if select.select([viewer.socket], [], [], 0.1)[0]:
            viewer.read()
    viewer.acks = True
    viewer.ack()
    viewer.see(b"all")
    assert viewer.output.count(b"y") >= size


def test_a_viewer_that_leaves_while_it_is_held_keeps_nobody_busy(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.run("stty raw -echo")
    viewer.type(b"sleep 1000\n")
    typing = threading.Thread(target=type_in_pieces, args=(viewer, bytes(8 * MEGABYTE)))
    typing.start()
    typing.join(1)
    viewer.socket.shutdown(socket.SHUT_RDWR)
    typing.join()
    before = host_ptyd.processor_seconds()
    time.sleep(1)
    assert host_ptyd.processor_seconds() - before < 0.2
    other = host_ptyd.viewer(name="other")
    assert b"here" in other.run("echo he''re")
