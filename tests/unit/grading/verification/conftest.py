"""Write the lesson files that verification tries."""

from pathlib import Path

import pytest

from tests.support.curriculum.verified_files import write_course


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a course with one exercise, whose scripts are as they should be."""
    return write_course(tmp_path)
