"""The Docker API's JSON becomes evidence."""

import pytest

from checks.evidence.docker_parsers import cpus_of


@pytest.mark.parametrize(
    ("host", "cpus"),
    [
        ({"NanoCpus": 1_500_000_000, "CpuQuota": 0, "CpuPeriod": 0}, 1.5),
        ({"NanoCpus": 0, "CpuQuota": 50_000, "CpuPeriod": 100_000}, 0.5),
        ({"NanoCpus": 0, "CpuQuota": 50_000, "CpuPeriod": 0}, 0.0),
    ],
)
def test_a_limit_of_processors_has_two_spellings(host: dict[str, int], cpus: float) -> None:
    assert cpus_of(host) == cpus
