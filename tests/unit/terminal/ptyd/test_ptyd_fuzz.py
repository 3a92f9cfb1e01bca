"""Test that ptyd goes on serving whatever it is sent, also built with the compiler's sanitizers."""

import contextlib
import random
import struct

import pytest

from terminal.wire import ptyd_frames
from tests.support.availability import unavailable
from tests.support.terminal.ptyd_servers import HostPtyd, compile_ptyd

SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
TYPES = b"AIRKPDCHOZXQEG"


@pytest.fixture(scope="module", params=["plain", "sanitized"])
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    flags = SANITIZERS if request.param == "sanitized" else ("-O2",)
    if not compile_ptyd(folder / "ptyd", *flags):
        unavailable(f"the compiler cannot build ptyd {request.param}")
    server = HostPtyd(folder / "ptyd", folder, "--ring", "16384")
    yield server
    assert server.stop() == 0


def garbage(rng):
    return rng.randbytes(rng.randrange(1, 3000))


def giant_length(rng):
    return (
        ptyd_frames.Attach().encode()
        + bytes([rng.choice(TYPES)])
        + struct.pack(">I", rng.choice([65537, 2**31, 2**32 - 1]))
    )


def truncated(rng):
    whole = (
        ptyd_frames.Attach().encode()
        + ptyd_frames.encode(b"I", b"echo x\n")
        + ptyd_frames.encode(b"K", ptyd_frames.pack_ack(5))
    )
    return whole[: rng.randrange(1, len(whole))]


def flipped(rng):
    data = bytearray(
        attach(rng)
        + ptyd_frames.encode(b"R", ptyd_frames.pack_resize(3, 3))
        + ptyd_frames.encode(b"P", b"x")
    )
    for _ in range(rng.randrange(1, 4)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def attach(rng):
    number = rng.choice([0, 1, 100, 20_000, 2**63, 2**64 - 1])
    name = rng.choice(["main", "main", "a", "b", "-", "x" * 32, *(f"t{n}" for n in range(9))])
    sides = rng.choice([0, 1, 80, 1000, 65535]), rng.choice([0, 1, 24, 65535])
    window = rng.choice([0, 1, 7, 4096, 2**32 - 1])
    return ptyd_frames.Attach(
        name, *sides, window, rng.choice([0, 0, 1]), number, rng.random() < 0.3
    ).encode()


def random_frame(rng):
    kind = bytes([rng.choice(b"IIIIRRKKKPPD" if rng.random() < 0.95 else TYPES)])
    payload = {
        b"I": rng.choice(
            [b"", b"\x03", b"exit\n", b"seq 1 9000\n", b"\x04", b"stty raw\n", rng.randbytes(9000)]
        ),
        b"R": ptyd_frames.pack_resize(rng.randrange(65536), rng.randrange(65536)),
        b"K": ptyd_frames.pack_ack(rng.choice([0, 1, 5000, 2**64 - 1])),
        b"P": rng.randbytes(rng.randrange(17)),
    }.get(kind, b"")
    if rng.random() < 0.02:
        payload = payload[:-1]
    return ptyd_frames.encode(kind, payload)


def sequence(rng):
    return attach(rng) + b"".join(random_frame(rng) for _ in range(rng.randrange(1, 40)))


def serves(server):
    """Whether a new viewer gets an answer; "main" is there even when all terminals are taken."""
    viewer = server.connect()
    viewer.attach()
    viewer.settle()
    viewer.close()
    return server.process.poll() is None


def play(server, rng, data):
    """Send the data in random pieces. ptyd may close at any point."""
    viewer = server.connect(acks=False)
    try:
        while data:
            size = rng.choice([1, 3, 100, 5000, 70_000])
            viewer.socket.sendall(data[:size])
            data = data[size:]
        if rng.random() < 0.5:
            viewer.socket.settimeout(0.01)
            viewer.read()
    except OSError:
        pass
    viewer.close()


@pytest.mark.parametrize("make", [garbage, giant_length, truncated, flipped, sequence])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_survives(server, make, seed):
    rng = random.Random(seed)
    for _ in range(40):
        play(server, rng, make(rng))
    assert serves(server)


def test_it_survives_many_at_once(server):
    rng = random.Random(4)
    for _ in range(10):
        viewers = [server.connect(acks=False) for _ in range(12)]
        for viewer in viewers:
            with contextlib.suppress(OSError):
                viewer.socket.sendall(sequence(rng))
        for viewer in viewers:
            viewer.close()
    assert serves(server)


@pytest.mark.parametrize("type", [bytes([letter]) for letter in b"HOZXQE!\x00\xff"])
def test_a_frame_that_viewers_may_not_send_ends_the_connection(server, type):
    viewer = server.connect()
    viewer.attach()
    viewer.socket.sendall(type + b"\x00\x00\x00\x00")
    viewer.until_end()
    assert viewer.errors == [b"protocol"]


@pytest.mark.parametrize(
    "first",
    [
        ptyd_frames.encode(b"I", b"x"),
        ptyd_frames.encode(b"D"),
        ptyd_frames.encode(b"A"),
        ptyd_frames.encode(b"A", bytes(26)),
        ptyd_frames.encode(b"A", b"\x02" + bytes(25) + b"main"),
        ptyd_frames.encode(b"A", b"\x01" + bytes(25) + b"Main"),
        ptyd_frames.encode(b"A", b"\x01" + bytes(25) + b"../../etc"),
        ptyd_frames.encode(b"A", b"\x01" + bytes(25) + b"m" * 33),
    ],
)
def test_a_first_frame_that_does_not_attach_ends_the_connection(server, first):
    viewer = server.connect()
    viewer.socket.sendall(first)
    viewer.until_end()
    assert viewer.errors == [b"protocol"]


def test_attaching_twice_ends_the_connection(server):
    viewer = server.connect()
    viewer.attach()
    viewer.socket.sendall(ptyd_frames.Attach().encode())
    viewer.until_end()
    assert viewer.errors == [b"protocol"]
