"""Name the folders of this repository that tests read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"
COURSES = ROOT / "tests" / "support" / "courses"  # courses made for tests
