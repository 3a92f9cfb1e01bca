"""Typing into a terminal: where what a block prints begins and ends."""

import socket
import struct
import threading
from collections.abc import Callable

import pytest

from operate.checks.typist import ASK_EXIT, Typist, is_done, printed_of, without_prompt
from sandboxes.errors import EngineError
from terminal.wire import ptyd_frames

PROMPT = "\x1b[?2004h\x1b]0;root@box: ~\x07root@box:~# "
CLOSE = "close"  # instead of an answer
PASTED = "\x1b[7mls\x1b[27m\r\x1b[16C\r\n\x1b[?2004l\r"


def test_what_is_printed_stands_between_enter_and_the_next_prompt():
    text = f"{PASTED}a  b\n{PROMPT}"
    assert not is_done(PASTED, "ls", True)
    assert not is_done(f"{PASTED}a  b\n", "ls", True)
    assert is_done(text, "ls", True)
    assert without_prompt(printed_of(text, "ls", True)) == "a  b"


def test_the_command_itself_is_not_taken_for_its_output():
    assert printed_of("echo root@box:~# ", "echo root@box:~# ", True) == ""
    assert printed_of("ls /\nbash: ls: command not found\nbash-5.2# ", "ls /", False).startswith(
        "bash: ls"
    )


@pytest.mark.parametrize("prompt", ["root@guest:~# ", "bash-5.2# ", "sh-5.2$ ", "/ # "])
def test_prompts_of_guests_and_bare_shells_are_known(prompt):
    assert is_done(f"{PASTED}x\n{prompt}", "ls", True)
    assert is_done(f"{PASTED}{prompt}", "ls", True)


def test_output_that_looks_like_a_heading_is_no_prompt():
    assert not is_done(f"{PASTED}Price in $ ", "ls", True)


class FakePtyd(threading.Thread):
    """Answer what is typed as a shell would, in the frames of ptyd within those of an engine."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        super().__init__(daemon=True)
        self.viewer, self.own = socket.socketpair()
        self.viewer.settimeout(0.05)
        self._answer = answer
        self._decoder = ptyd_frames.FrameDecoder()

    def run(self) -> None:
        typed = ""
        while data := self.own.recv(65536):
            for kind, payload in self._decoder.feed(data):
                if kind == ptyd_frames.ATTACH:
                    self.send(ptyd_frames.Hello(1, 0, False, 80, 24, 0).encode())
                    self.say(PROMPT)
                elif kind == ptyd_frames.INPUT:
                    typed += payload.decode()
                    if typed.endswith(("\r", "\x03")):
                        reply, typed = self._answer(typed), ""
                        if reply == CLOSE:
                            self.own.close()
                            return
                        self.say(reply)
        self.own.close()

    def say(self, text: str) -> None:
        self.send(ptyd_frames.encode(ptyd_frames.OUTPUT, text.encode()))

    def send(self, frame: bytes) -> None:
        header = struct.pack(">BxxxI", 1, len(frame))
        self.own.sendall(header + frame)


def typist_of(answers: dict[str, str]) -> Typist:
    def answer(typed: str) -> str:
        keys = typed.removeprefix("\x1b[200~").removesuffix("\r").removesuffix("\x1b[201~")
        return answers.get(keys, "")

    ptyd = FakePtyd(answer)
    ptyd.start()
    typist = Typist(ptyd.viewer)
    typist.wait_for_shell()
    return typist


def test_a_block_is_pasted_and_its_exit_code_asked_for():
    typist = typist_of(
        {
            "make\nall": f"make\r\n> all\r\n\x1b[?2004l\rdone\r\n{PROMPT}",
            ASK_EXIT: f"{ASK_EXIT}\r\n\x1b[?2004l\rexit code 2\r\n{PROMPT}",
        }
    )
    assert typist.run("make\nall\n", until="", seconds=20) == ("done", 2, True)


def test_a_block_that_goes_on_is_stopped_once_it_has_printed_enough():
    typist = typist_of(
        {
            "tail -f x": "tail -f x\r\n\x1b[?2004l\rbooting\r\nroot@guest",
            "\x03": f"^C\r\n{PROMPT}",
            ASK_EXIT: f"{ASK_EXIT}\r\n\x1b[?2004l\rexit code 130\r\n{PROMPT}",
        }
    )
    printed = typist.run("tail -f x\n", until="root@guest", seconds=20)
    assert (printed.exit_code, printed.ended) == (130, True)
    assert printed.text.startswith("booting\nroot@guest")


def test_a_block_that_does_not_end_is_said_to():
    typist = typist_of({"cat": "cat\r\n\x1b[?2004l\r", "\x03": f"^C\r\n{PROMPT}"})
    assert typist.run("cat\n", until="", seconds=0.3).ended is False


def test_a_terminal_that_goes_away_is_an_error():
    typist = typist_of({"exit": CLOSE})
    with pytest.raises(EngineError, match="the terminal is gone"):
        typist.run("exit\n", until="", seconds=20)
