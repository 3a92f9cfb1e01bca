"""Tell a program's questions to its terminal, and the terminal's replies, from all other bytes.

A program may ask where the cursor is, what the terminal can do, which colours it has; the terminal
answers as if somebody had typed it. Only one viewer may answer, and only what is asked while it
looks on. Sources: xterm's ctlseqs, ECMA-48, the parser of xterm.js.
"""

import re

from core.budgets import MACHINE

# An unfinished sequence is held back up to here; what is longer is no question.
HELD_MAX = MACHINE.sequence_chars

# Control characters take effect within a control sequence, without ending it; CAN, SUB and ESC end
# it.
_C0 = r"\x00-\x17\x19\x1c-\x1f"
# A string goes on to its end; a control character of the second set (C1) begins something else.
_TEXT, _DCS_TEXT = r"[^\x07\x18\x1a\x1b\x90\x98-\x9f]", r"[^\x18\x1a\x1b\x90\x98-\x9f]"
_CSI = rf"(?:\x1b\[|\x9b)(?P<params>[{_C0}0-?]*)(?P<inter>[{_C0} -/]*)(?P<final>[@-~])"
_OSC = rf"(?:\x1b\]|\x9d)(?P<osc>{_TEXT}*)(?:\x07|\x9c|\x1b\\)"
_DCS = rf"(?:\x1bP|\x90)(?P<dcs>{_DCS_TEXT}*)(?:\x9c|\x1b\\)"
_SEQUENCE = re.compile(rf"{_CSI}|{_OSC}|{_DCS}|(?P<short>\x1bZ|\x9a|\x05)")
_UNFINISHED = re.compile(
    rf"(?:\x1b|(?:\x1b\[|\x9b)[{_C0}0-?]*[{_C0} -/]*"
    rf"|(?:\x1b\]|\x9d){_TEXT}*\x1b?|(?:\x1bP|\x90){_DCS_TEXT}*\x1b?)\Z"
)
_CONTROLS = re.compile(rf"[{_C0}]")

# The final byte, with what stands before it, of control sequences that ask.
_ASKS = re.compile(
    r"""
      [?>=]?[0-9;:]*c              # what are you?
    | \??[0-9;:]*n                 # how are you, where is the cursor?
    | \??[0-9;:]*\$p               # is this mode on?
    | >[0-9;:]*q                   # which version?
    | (?:1[1345689]|2[01])[;0-9:]*t  # how large, where, what title?
    | \?[0-9;:]*[umS]              # which keyboard, which graphics?
    | [0-9;:]*x                    # which line speed?
    | [0-9;:]*[$&]w | [0-9;:]*\*y  # tabs and cursor, checksums
    | [0-9;:]*\#R                  # which colours?
    """,
    re.VERBOSE,
)
_STRING_ASKS = re.compile(r"[0-9;]*[$+]q")

# A pointer moved with no button held, with any of Shift, Alt and Ctrl.
_MOVED, _MOVED_CHARACTER = r"(?:35|39|43|47|51|55|59|63)", r"[CGKOSW\[_]"
_MOVED_32 = r"(?:67|71|75|79|83|87|91|95)"
_REPLY = re.compile(
    rf"""(?:
      \x1b\[ (?:
          \??[0-9]+;[0-9]+(?:;[0-9]+)?R
        | [?>=]?[0-9;]*c
        | \??[0-9;]*n
        | \??[0-9;]+\$y
        | [0-9;]+[tx]
        | \?[0-9;]*[uS]
        | >[0-9;]+m
        | [IO]                                # the focus came, went
        | <{_MOVED};[0-9]+;[0-9]+[Mm]
        | {_MOVED_32};[0-9]+;[0-9]+M
        | M{_MOVED_CHARACTER}.{{2,4}}
      )
    | \x1b[P_\]][^\x07\x1b]*(?:\x07|\x1b\\)
    )+""".encode(),
    re.VERBOSE | re.DOTALL,
)


def is_question(sequence: re.Match[str]) -> bool:
    """Whether a terminal answers this control sequence."""
    if sequence["final"]:
        asked = _CONTROLS.sub("", sequence["params"] + sequence["inter"]) + sequence["final"]
        return _ASKS.fullmatch(asked) is not None
    if sequence["osc"] is not None:
        return "?" in sequence["osc"].split(";")[1:]
    return sequence["short"] is not None or _STRING_ASKS.match(sequence["dcs"]) is not None


def is_reply(data: bytes) -> bool:
    """Whether the terminal itself sent this, as nobody types it.

    Shift-F3 looks like an answer: it reaches the program all the same, and takes no turn.
    """
    return data[:1] == b"\x1b" and len(data) <= HELD_MAX and _REPLY.fullmatch(data) is not None


class QuestionFilter:
    """Take the questions out of a stream of text, for a client that would answer them all."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str, *, answers: bool) -> str:
        """Return what to pass on; all of it when the client `answers`.

        An unfinished sequence is held back: whether it is a question, and whose, is known at its
        end.
        """
        text = self._held + text
        unfinished = _UNFINISHED.search(text, max(0, len(text) - HELD_MAX))
        cut = len(text) if unfinished is None else unfinished.start()
        self._held = text[cut:]
        text = text[:cut]
        if answers:
            return text
        return _SEQUENCE.sub(lambda match: "" if is_question(match) else match[0], text)
