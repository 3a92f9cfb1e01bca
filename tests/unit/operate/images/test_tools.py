"""Trusted tools: compiled static, once for each state of their sources."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.console.shell import first_program
from operate.errors import ImageError
from operate.images import tools
from operate.images.tools import Tool, ensure_tools, is_static
from operate.stack.layout import Layout

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory(prefix="drydock-") as folder:
        new_layout = Layout(Path(folder))
        new_layout.make_folders()
        yield new_layout


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tool of one C file; returns the file."""
    if first_program(tools.COMPILERS) is None:
        pytest.skip("no C compiler")
    source = tmp_path / "hello" / "hello.c"
    source.parent.mkdir()
    source.write_text(HELLO)
    monkeypatch.setattr(tools, "TOOLS", (Tool("hello", source.parent),))
    return source


def test_a_tool_is_compiled_and_static(layout, hello):
    assert "hello: compiled" in ensure_tools(layout)
    assert is_static(layout.tools / "hello")
    assert (
        subprocess.run([layout.tools / "hello"], capture_output=True, check=True).stdout
        == b"hello\n"
    )


def test_a_current_tool_is_left_alone(layout, hello):
    ensure_tools(layout)
    assert "hello: current" in ensure_tools(layout)


def test_a_changed_source_is_compiled_again(layout, hello):
    ensure_tools(layout)
    hello.write_text(HELLO.replace("hello", "hullo"))
    assert "hello: compiled" in ensure_tools(layout)


def test_a_tool_without_source_is_left_out_and_said(layout, hello):
    hello.unlink()
    assert "hello: no source, left out" in ensure_tools(layout)


def test_an_error_in_the_source_is_shown(layout, hello):
    hello.write_text("int main(void) { return undefined_name; }")
    with pytest.raises(ImageError, match="undefined_name"):
        ensure_tools(layout)


def test_the_folder_holds_only_the_tools(layout, hello):
    ensure_tools(layout)
    assert {file.name for file in layout.tools.iterdir()} <= {"hello", "busybox"}


def test_a_dynamic_program_is_not_static():
    assert not is_static(Path("/bin/ls"))
