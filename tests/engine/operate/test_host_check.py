"""Test the host check on a real engine."""

import pytest

from operate.checks.host_check import check_host
from operate.engine.private_engine import EngineChoice

pytestmark = pytest.mark.usefixtures("sysctl")


def test_a_real_engine_is_described(docker_client, docker_url):
    report = check_host(docker_client, EngineChoice("given", docker_url))
    assert report.engine.startswith("Docker ")
    assert {"userns", "seccomp", "bounded disk", "cgroup limits"} <= {
        protection.name for protection in report.protections
    }
    assert report.as_dict()["protections"]
