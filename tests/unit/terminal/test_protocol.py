"""The control frames of drydock.v1."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import BadFrame, CloseCode, SandboxFailed, TerminalError
from terminal.wire import control_frames


def test_resume():
    text = '{"type":"resume","seq":12,"cols":100,"rows":30,"epoch":"00000000000000ff"}'
    assert control_frames.parse_control(text) == control_frames.Resume(12, 100, 30, 255)


def test_resume_without_epoch():
    assert control_frames.parse_control(
        '{"type":"resume","seq":0,"cols":1,"rows":1}'
    ) == control_frames.Resume(0, 1, 1, 0)


def test_others():
    assert control_frames.parse_control(
        '{"type":"resize","cols":1000,"rows":2,"extra":1}'
    ) == control_frames.Resize(1000, 2)
    assert control_frames.parse_control(
        '{"type":"ack","seq":9007199254740993}'
    ) == control_frames.Ack(9007199254740993)
    assert control_frames.parse_control('{"type":"ping"}') == control_frames.Ping()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ls",
        "[]",
        "null",
        "3",
        "[" * 1000,
        '{"type":"ping"' + " " * 2000 + "}",
        "{}",
        '{"type":"exec"}',
        '{"type":["resume"]}',
        '{"type":"resize","cols":80}',
        '{"type":"resize","cols":0,"rows":24}',
        '{"type":"resize","cols":1001,"rows":24}',
        '{"type":"resize","cols":80.0,"rows":24}',
        '{"type":"resize","cols":true,"rows":24}',
        '{"type":"resize","cols":"80","rows":24}',
        '{"type":"resize","cols":NaN,"rows":24}',
        '{"type":"ack","seq":-1}',
        '{"type":"ack","seq":9223372036854775808}',
        '{"type":"ack","seq":' + "9" * 900 + "}",
        '{"type":"resume","seq":0,"cols":80,"rows":24,"epoch":1}',
        '{"type":"resume","seq":0,"cols":80,"rows":24,"epoch":""}',
        '{"type":"resume","seq":0,"cols":80,"rows":24,"epoch":"0x1"}',
        '{"type":"resume","seq":0,"cols":80,"rows":24,"epoch":"00000000000000001"}',
    ],
)
def test_bad_frames(text):
    with pytest.raises(BadFrame):
        control_frames.parse_control(text)


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)
)
def test_any_text_is_parsed_or_refused(text):
    with contextlib.suppress(BadFrame):
        control_frames.parse_control(text)


def test_hello():
    text = control_frames.build_hello(
        seq=3,
        end=9,
        reset=True,
        window=262144,
        role="owner",
        epoch=255,
        cols=80,
        rows=24,
        modes="\x1b[?25l",
    )
    assert json.loads(text) == {
        "type": "hello",
        "seq": 3,
        "end": 9,
        "reset": True,
        "window": 262144,
        "role": "owner",
        "epoch": "00000000000000ff",
        "cols": 80,
        "rows": 24,
        "modes": "\x1b[?25l",
    }


def test_the_rest_of_what_is_sent():
    assert json.loads(control_frames.build_size(80, 24)) == {"type": "size", "cols": 80, "rows": 24}
    assert json.loads(control_frames.build_exit(137)) == {"type": "exit", "code": 137}
    assert json.loads(control_frames.build_error(SandboxFailed("No disk."))) == {
        "type": "error",
        "code": "failed",
        "message": "No disk.",
    }
    assert json.loads(control_frames.PONG) == {"type": "pong"}


def test_close_codes_are_those_of_the_design():
    codes = {error.code: int(error.close) for error in TerminalError.__subclasses__()}
    expected = {
        "sign-in": 4001,
        "not-found": 4004,
        "slow": 4008,
        "ended": 4009,
        "failed": 4010,
        "too-many": 4029,
    }
    assert {code: codes[code] for code in expected} == expected
    assert codes["bad-frame"] == 4400
    assert CloseCode.TRY_AGAIN == 1012
