"""What the layout of the source tree promises; each of these was once a trap."""

import importlib.metadata
import re
import subprocess
import sys
from collections import Counter

import pytest

from tests.support.paths import ROOT

PLATFORM = ROOT / "platform"
LINES_MAX = 400
MODULES_MAX = 16
TOP_LEVEL = [
    "README.md",
    "LICENSE",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "Makefile",
    "manage.py",
    "pyproject.toml",
]
# Folders of the machines that people happen to work on. In pieces, so that this file does not match
# itself.
WORKPLACES = re.compile(r"(?<![\w.~-])/(?:" + "|".join(["wo" + "rk", "var/t" + "mp"]) + r")/")


def app_names():
    return sorted(folder.parent.name for folder in PLATFORM.glob("*/__init__.py"))


def listed_files():
    """The files that git tracks or would track, or all when this is not a clone."""
    command = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git clone")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def source_files():
    return [path for path in listed_files() if path.suffix in (".py", ".c", ".h", ".js")]


def readable(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_folder_of_c_or_javascript_holds_more_than_two_concepts() -> None:
    programs = (path for path in source_files() if path.suffix in (".c", ".js"))
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in programs)
    assert {folder: count for folder, count in counts.items() if count > MODULES_MAX} == {}


def test_platform_is_a_folder_and_not_a_package():
    # As a package it would shadow the standard library's `platform`, and celery and pytest would
    # fail at import.
    assert PLATFORM.is_dir()
    assert not (PLATFORM / "__init__.py").exists()


def test_there_are_apps():
    assert {"accounts", "config", "core", "sandboxes"} <= set(app_names())


@pytest.mark.parametrize("name", app_names())
def test_no_app_is_named_like_a_standard_module(name):
    assert name not in sys.stdlib_module_names


@pytest.mark.parametrize("name", app_names())
def test_no_app_is_named_like_an_installed_module(name):
    assert name not in importlib.metadata.packages_distributions()


def test_content_folder_is_not_an_app():
    # Tools that are told to leave lessons/ alone would skip an app of that name too.
    assert "lessons" not in app_names()


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_top_level_file_exists(name):
    assert (ROOT / name).is_file()


def test_no_file_names_a_path_of_somebodys_machine():
    paths = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in listed_files()
        for match in WORKPLACES.finditer(readable(path))
    ]
    assert paths == []


@pytest.mark.parametrize(
    ("text", "is_found"), [("/wo" + "rk/x", True), ("a/wo" + "rk/x", False), ("network/", False)]
)
def test_what_counts_as_such_a_path(text, is_found):
    assert bool(WORKPLACES.search(text)) is is_found


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {path: readable(path).count("\n") for path in source_files()}
    assert [
        f"{path.relative_to(ROOT)}: {lines}" for path, lines in lengths.items() if lines > LINES_MAX
    ] == []
