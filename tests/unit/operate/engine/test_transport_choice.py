"""How terminals are reached: a mounted socket only where the engine's files are this host's."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.engine.private_engine import choose_transport


@pytest.fixture
def local(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a socket here, and a data root that looks like an engine's."""
    path = tmp_path / "d.sock"
    (tmp_path / "root" / "containers").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        yield f"unix://{path}", str(tmp_path / "root")


def test_root_with_a_local_engine_uses_the_socket(local):
    assert choose_transport(*local, "auto", root=True) == "socket"


def test_without_root_it_is_the_exec_stream(local):
    assert choose_transport(*local, "auto", root=False) == "exec"


def test_an_engine_whose_files_are_elsewhere_is_reached_by_exec(local, tmp_path):
    assert choose_transport(local[0], str(tmp_path / "nowhere"), "auto", root=True) == "exec"


def test_a_remote_engine_is_reached_by_exec(local):
    assert choose_transport("tcp://there:2376", local[1], "auto", root=True) == "exec"


@pytest.mark.parametrize("setting", ["socket", "exec"])
def test_the_setting_wins(setting):
    assert choose_transport("tcp://there:2376", "/nowhere", setting, root=False) == setting
