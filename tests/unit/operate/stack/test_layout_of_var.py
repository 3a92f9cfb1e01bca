"""The var folder: a path too long for unix sockets is refused before anything starts."""

from pathlib import Path

import pytest

from operate.errors import OperateError
from operate.stack.layout import Layout


def test_a_long_path_is_refused_with_what_to_do():
    with pytest.raises(OperateError, match="DRYDOCK_VAR"):
        Layout(Path("/" + "x" * 80))


def test_the_longest_socket_fits():
    layout = Layout(Path("/" + "x" * 65))
    assert len(str(layout.containerd_socket) + ".ttrpc") <= 107


def test_logs_and_redis_are_the_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("operate.stack.layout.VAR_PATH_MAX", 200)
    layout = Layout(tmp_path / "var")
    layout.make_folders()
    assert layout.logs.stat().st_mode & 0o777 == 0o700
    assert (layout.var / "redis").stat().st_mode & 0o777 == 0o700
