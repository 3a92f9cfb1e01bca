"""Test the host check on a real engine."""

from pathlib import Path

import pytest

from operate.checks.host_check import check_host
from operate.engine.private_engine import EngineChoice


@pytest.fixture(autouse=True)
def file_max(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The host's limit on open files, high enough."""
    path = tmp_path / "file-max"
    path.write_text("9223372036854775807\n")
    monkeypatch.setattr("operate.checks.host_check.FILE_MAX", path)
    return path


def test_a_real_engine_is_described(docker_client, docker_url):
    report = check_host(docker_client, EngineChoice("given", docker_url))
    assert report.engine.startswith("Docker ")
    assert {"userns", "seccomp", "bounded disk", "cgroup limits"} <= {
        protection.name for protection in report.protections
    }
    assert report.as_dict()["protections"]
