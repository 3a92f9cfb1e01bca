"""Every branch of the checks is decided by a test: a check that lies is worse than none."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

NAMES = ("checks", "files", "measured", "ports", "scripts", "docker_checks", "guest_checks", "questions", "patterns")
TESTS = [next((ROOT / "tests").glob(f"*/grading/test_{name}.py")) for name in NAMES]


@pytest.mark.timeout(600)  # all those tests once more, in a process that gives way to all others
def test_every_branch_of_the_checks_is_covered(tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    wanted = ["--cov=checks.judges", "--cov-branch", "--cov-fail-under=100", "--cov-report=term-missing"]
    environment = {"COVERAGE_FILE": str(tmp_path / "coverage"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*command, *wanted], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
