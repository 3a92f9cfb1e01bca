"""Test ptyd's frames: decoding undoes encoding however the stream is cut, and refuses nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.wire import ptyd_frames

TYPES = [bytes([letter]) for letter in b"AIRKPDYCHOZXQETG"]
frames = st.builds(ptyd_frames.Frame, st.sampled_from(TYPES), st.binary(max_size=300))
u16 = st.integers(0, 2**16 - 1)
u64 = st.integers(0, 2**64 - 1)
sides = st.integers(1, 1000)


@given(st.lists(frames, max_size=8), st.integers(1, 40))
def test_frames_survive_any_cutting(expected, size):
    stream = b"".join(ptyd_frames.encode(*frame) for frame in expected)
    decoder = ptyd_frames.FrameDecoder()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [frame for piece in pieces for frame in decoder.feed(piece)] == expected


def test_a_frame_survives_a_cut_at_every_byte():
    stream = (
        ptyd_frames.encode(b"O", b"hello")
        + ptyd_frames.encode(b"D")
        + ptyd_frames.encode(b"Q", b"!")
    )
    for cut in range(len(stream) + 1):
        decoder = ptyd_frames.FrameDecoder()
        got = decoder.feed(stream[:cut]) + decoder.feed(stream[cut:])
        assert got == [(b"O", b"hello"), (b"D", b""), (b"Q", b"!")]


def test_the_longest_payload_passes_and_one_more_does_not():
    longest = b"x" * ptyd_frames.MAX_PAYLOAD
    assert ptyd_frames.FrameDecoder().feed(ptyd_frames.encode(b"O", longest)) == [(b"O", longest)]
    with pytest.raises(ValueError, match="65537"):
        ptyd_frames.encode(b"O", longest + b"x")
    with pytest.raises(ptyd_frames.PtydProtocolError):
        ptyd_frames.FrameDecoder().feed(b"O\x00\x01\x00\x01")


@given(st.integers(0, 255).filter(lambda number: bytes([number]) not in TYPES))
def test_an_unknown_type_is_refused_at_its_first_byte(number):
    with pytest.raises(ptyd_frames.PtydProtocolError):
        ptyd_frames.FrameDecoder().feed(bytes([number]))


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_else(data):
    decoder = ptyd_frames.FrameDecoder()
    try:
        for frame in decoder.feed(data):
            ptyd_frames.Hello.parse(frame.payload)
    except ptyd_frames.PtydProtocolError:
        pass


names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)
attaches = st.builds(
    ptyd_frames.Attach, names, u16, u16, st.integers(0, 2**32 - 1), u64, u64, st.booleans()
)


@given(attaches)
def test_attach_round_trip(attach):
    (frame,) = ptyd_frames.FrameDecoder().feed(attach.encode())
    assert frame.type == ptyd_frames.ATTACH
    assert ptyd_frames.Attach.parse(frame.payload) == attach


@pytest.mark.parametrize("name", ["", "x" * 33, "Main", "a b", "ä", "a\n"])
def test_a_name_that_ptyd_refuses_is_not_sent(name):
    with pytest.raises(ValueError, match="name"):
        ptyd_frames.Attach(name=name).encode()


@given(u64, u64, u64, st.booleans(), sides, sides, st.booleans())
def test_hello_round_trip(epoch, first, second, reset, cols, rows, tells_turns):
    seq, end = sorted((first, second))
    modes = "\x1b[?1049h" * reset
    hello = ptyd_frames.Hello(epoch, seq, reset, cols, rows, end, tells_turns, modes)
    (frame,) = ptyd_frames.FrameDecoder().feed(hello.encode())
    assert ptyd_frames.Hello.parse(frame.payload) == hello


@pytest.mark.parametrize(("reset", "modes"), [(False, "x"), (True, "x" * 1025), (True, "é")])
def test_modes_that_are_none_are_refused(reset, modes):
    head = ptyd_frames.Hello(1, 0, reset, 80, 24, 9).encode()[5:]
    with pytest.raises(ptyd_frames.PtydProtocolError):
        ptyd_frames.Hello.parse(head + modes.encode())


@given(sides, sides)
def test_size_round_trip(cols, rows):
    assert ptyd_frames.parse_size(ptyd_frames.pack_resize(cols, rows)) == (cols, rows)


def test_a_size_that_no_screen_has_becomes_the_nearest_that_is_allowed():
    assert ptyd_frames.parse_size(ptyd_frames.pack_resize(65535, 0)) == (1000, 1)
    hello = ptyd_frames.Hello(1, 0, False, 0, 65535, 9)
    parsed = ptyd_frames.Hello.parse(hello.encode()[5:])
    assert (parsed.cols, parsed.rows) == (1, 1000)


@pytest.mark.parametrize("payload", [b"", b"\x02", b"\x00\x00"])
def test_a_turn_is_one_of_two(payload):
    with pytest.raises(ptyd_frames.PtydProtocolError):
        ptyd_frames.parse_turn(payload)


def test_exit_codes_are_signed():
    assert ptyd_frames.parse_exit(b"\x00\x00\x00\x89") == 137
    assert ptyd_frames.parse_exit(b"\xff\xff\xff\xff") == -1


@pytest.mark.parametrize(
    "parse",
    [
        ptyd_frames.Hello.parse,
        ptyd_frames.parse_size,
        ptyd_frames.parse_exit,
        ptyd_frames.Attach.parse,
    ],
)
@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x00" * 27, b"\xff" * 29, b"\x00" * 64])
def test_a_payload_of_the_wrong_shape_is_refused(parse, payload):
    with pytest.raises(ptyd_frames.PtydProtocolError):
        parse(payload)


def test_a_hello_that_starts_behind_its_end_is_refused():
    with pytest.raises(ptyd_frames.PtydProtocolError):
        ptyd_frames.Hello.parse(ptyd_frames.Hello(1, 10, False, 80, 24, 9).encode()[5:])
