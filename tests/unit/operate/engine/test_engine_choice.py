"""Which engine the platform decides for."""

import socket
from pathlib import Path

import pytest

from operate.engine import private_engine
from operate.engine.private_engine import EngineChoice, choose_engine
from operate.errors import EngineSetupError
from operate.stack.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr("operate.stack.layout.VAR_PATH_MAX", 200)
    return Layout(tmp_path)


def test_docker_host_is_used_as_it_is_even_for_root(layout):
    chosen = choose_engine(layout, {"DOCKER_HOST": "tcp://there:2376"}, root=True, platform="linux")
    assert chosen == EngineChoice("given", "tcp://there:2376")


def test_root_on_linux_gets_a_private_engine_below_var(layout):
    chosen = choose_engine(layout, {}, root=True, platform="linux")
    assert chosen == EngineChoice("private", f"unix://{layout.var}/engine/run/docker.sock")


def test_others_get_the_engine_at_the_default_socket(layout, tmp_path, monkeypatch):
    path = Path("/tmp") / f"{tmp_path.name}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        monkeypatch.setattr(
            private_engine, "default_sockets", lambda environ: [tmp_path / "none", path]
        )
        chosen = choose_engine(layout, {}, root=False)
    path.unlink()
    assert chosen == EngineChoice("default", f"unix://{path}")


def test_without_any_engine_two_lines_say_what_to_install(layout, monkeypatch):
    monkeypatch.setattr(private_engine, "default_sockets", lambda environ: [])
    with pytest.raises(EngineSetupError) as caught:
        choose_engine(layout, {}, root=False)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert "docker.io" in lines[1]
    assert "DOCKER_HOST" in lines[1]


def test_root_on_another_system_needs_an_engine_too(layout, monkeypatch):
    monkeypatch.setattr(private_engine, "default_sockets", lambda environ: [])
    with pytest.raises(EngineSetupError):
        choose_engine(layout, {}, root=True, platform="darwin")
