"""Every branch of the checks is decided by a test: a check that lies is worse than none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FOLDERS = ("unit/checks", "unit/questions")
# These decide branches too: which fields go together, what is told of answers, whether a key fits.
FILES = (
    "unit/curriculum/loader/test_schema.py",
    "unit/curriculum/loader/test_predict_then_measure.py",
    "unit/curriculum/loader/test_quiz.py",
    "unit/grading/submissions/test_feedback.py",
    "unit/grading/verification/test_quiz_verification.py",
)


@pytest.mark.timeout(600)  # all those tests once more, in a process that gives way to all others
def test_every_branch_of_the_checks_is_covered(tmp_path):
    tests = [path for name in FOLDERS for path in (ROOT / "tests" / name).rglob("test_*.py")]
    tests = [path for path in tests if path != Path(__file__)]
    tests += [ROOT / "tests" / name for name in FILES]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    modules = [
        "--cov=checks",
        "--cov=questions",
        "--cov=core.specs",
        "--cov-branch",
        "--cov-fail-under=100",
        "--cov-report=term-missing",
    ]
    environment = {"COVERAGE_FILE": str(tmp_path / "coverage"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, *modules], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
