"""The messages of django-xterm's client."""

import pytest

from terminal.errors import BadFrame, SandboxEnded
from terminal.wire.control_frames import Resize
from terminal.wire.django_xterm import XtermDialect


def test_characters_are_never_split():
    text = "né 漢字 🐳 ok"
    for size in range(1, 6):
        dialect = XtermDialect()
        data = text.encode()
        heard = [dialect.output(data[at : at + size]) for at in range(0, len(data), size)]
        assert "".join(heard) == text


def test_bytes_that_are_no_text_do_not_stop_it():
    dialect = XtermDialect()
    assert dialect.output(b"a\xffb") == "a�b"
    assert dialect.output(b"c") == "c"


def test_size():
    assert XtermDialect().read('{"cols": 132, "rows": 43}') == Resize(132, 43)


def test_other_objects_are_ignored():
    assert XtermDialect().read('{"csrfmiddlewaretoken": "abc"}') is None


@pytest.mark.parametrize(
    "text", ["", "ls", "[1]", '{"cols": "80", "rows": 24}', '{"cols": 0, "rows": 24}']
)
def test_bad_frames(text):
    with pytest.raises(BadFrame):
        XtermDialect().read(text)


def test_reasons_are_told_as_text():
    assert "not running" in str(XtermDialect().error(SandboxEnded()))
    assert "code 130" in str(XtermDialect().exit(130))
