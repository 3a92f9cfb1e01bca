"""What the engine believes of a checker's reply: all of it or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.engine.checker_protocol import (
    COMMANDS_MAX,
    ProbeCommand,
    ProbeFact,
    ProbeGarbled,
    ProbeTooLarge,
    deadline_seconds,
    decode_reply,
    encode_request,
    match_facts,
)

NONCE = "0123456789abcdef"
FRAME = bytes([len(NONCE)]) + NONCE.encode()


def fact_bytes(id_=b"a", outcome=1, code=0, flags=0, stdout=b"out", stderr=b""):
    head = bytes([len(id_)]) + id_ + bytes([outcome]) + code.to_bytes(4, "big") + bytes([flags])
    return head + len(stdout).to_bytes(4, "big") + stdout + len(stderr).to_bytes(4, "big") + stderr


def reply(*facts: bytes, count=None):
    number = len(facts) if count is None else count
    return b"DDR1" + FRAME + number.to_bytes(2, "big") + b"".join(facts) + b"DDE1" + FRAME


def test_a_whole_reply_is_believed():
    facts = decode_reply(
        NONCE,
        reply(
            fact_bytes(),
            fact_bytes(b"b", outcome=2, code=9),
            fact_bytes(b"c", outcome=3, flags=1),
            fact_bytes(b"d", outcome=4, code=2),
        ),
    )
    assert facts == [
        ProbeFact("a", 0, b"out", b"", truncated=False, timed_out=False),
        ProbeFact("b", None, b"out", b"", truncated=False, timed_out=False, signal=9),
        ProbeFact("c", None, b"out", b"", truncated=True, timed_out=True),
        ProbeFact("d", None, b"out", b"", truncated=False, timed_out=False, error=2),
    ]


@pytest.mark.parametrize(
    "stdout",
    [
        b"",
        b"x" + reply(fact_bytes()),
        reply(fact_bytes()) + b"x",
        reply(fact_bytes()) * 2,
        reply(fact_bytes(), count=2),
        reply(fact_bytes(), fact_bytes(), count=1),
        reply(fact_bytes()).replace(NONCE.encode(), b"f" * 16, 1),
        reply(fact_bytes())[:-16] + b"f" * 16,
        reply(fact_bytes(outcome=0)),
        reply(fact_bytes(outcome=5)),
        reply(fact_bytes(flags=2)),
        reply(fact_bytes(id_=b"\xff")),
    ],
)
def test_anything_else_is_garbled(stdout):
    with pytest.raises(ProbeGarbled):
        decode_reply(NONCE, stdout)


@pytest.mark.parametrize("cut", range(len(reply(fact_bytes()))))
def test_a_cut_reply_is_garbled_wherever_it_ends(cut):
    with pytest.raises(ProbeGarbled):
        decode_reply(NONCE, reply(fact_bytes())[:cut])


@given(st.binary(max_size=200))
def test_noise_is_garbled_and_nothing_worse(noise):
    with pytest.raises(ProbeGarbled):
        decode_reply(NONCE, b"DDR1" + FRAME + noise)


def test_a_reply_to_other_commands_is_garbled():
    commands = [ProbeCommand("a", ("true",)), ProbeCommand("b", ("true",))]
    facts = decode_reply(NONCE, reply(fact_bytes(b"a"), fact_bytes(b"b")))
    match_facts(commands, facts)
    with pytest.raises(ProbeGarbled):
        match_facts(commands, facts[::-1])


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [ProbeCommand("a", ())],
        [ProbeCommand("a", ("cat", "zero\0byte"))],
        [ProbeCommand("", ("cat",))],
        [ProbeCommand("x" * 300, ("cat",))],
        [ProbeCommand("a", ("cat",) * 65)],
        [ProbeCommand("a", ("x" * 300_000,))],
        [ProbeCommand(str(i), ("cat",)) for i in range(COMMANDS_MAX + 1)],
    ],
    ids=["none", "no words", "zero byte", "no id", "long id", "many words", "long word", "many"],
)
def test_more_than_a_checker_takes_is_refused(commands):
    with pytest.raises(ProbeTooLarge):
        encode_request(NONCE, commands)


def test_the_deadline_covers_the_time_outs_and_is_bounded():
    assert 5 < deadline_seconds([ProbeCommand("a", ("true",), 5.0)]) < 15
    assert deadline_seconds([ProbeCommand(str(i), ("true",), 20.0) for i in range(50)]) < 60
