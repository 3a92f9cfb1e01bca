"""The documents keep pace with the code: settings, links, the change log."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PLATFORM = ROOT / "platform"
SETTINGS_DOC = ROOT / "docs" / "settings.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/**/*.md")])
# What the operating system or other programs define; we only look.
FOREIGN = {
    "PATH",
    "HOME",
    "LANG",
    "TERM",
    "SHELL",
    "CI",
    "XDG_RUNTIME_DIR",
    "DJANGO_SETTINGS_MODULE",
}
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|", re.MULTILINE)
_LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def _is_environment(node):
    """Whether an expression is `env`, `environ` or `os.environ`."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("env", "environ", "os")


def _asked_name(node):
    """The environment name that a call or subscription reads, or None."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _is_environment(node.func.value)
    ):
        first = node.args[0] if node.args else None
    elif isinstance(node, ast.Subscript) and _is_environment(node.value):
        first = node.slice
    else:
        return None
    value = getattr(first, "value", None)
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def names_read(path):
    """Return the names that a module reads from the environment.

    `NAME_FILE` counts as `NAME`: any setting can be a file.
    """
    names = {name for node in ast.walk(ast.parse(path.read_text())) if (name := _asked_name(node))}
    return {name.removesuffix("_FILE") for name in names} - FOREIGN


def names_documented():
    return _ROW.findall(SETTINGS_DOC.read_text())


def headings(path):
    """The anchors of a document's headings, as GitHub and most renderers make them."""
    anchors = (
        re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(path.read_text())
    )
    return {anchor.strip().replace(" ", "-") for anchor in anchors}


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def broken_links(path):
    """Return links of a document that lead to no file or heading of this repository.

    Others are not followed.
    """
    broken = []
    for target in _LINK.findall(without_code(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in headings(file)):
            broken.append(target)
    return broken


def test_names_are_found_in_settings():
    assert {"DRYDOCK_VAR", "DATABASE_URL", "DRYDOCK_POOL"} <= names_read(
        PLATFORM / "config" / "settings.py"
    )


def test_every_name_read_in_settings_is_documented():
    assert names_read(PLATFORM / "config" / "settings.py") - set(names_documented()) == set()


def test_every_name_read_elsewhere_is_documented():
    read = set().union(*(names_read(path) for path in PLATFORM.rglob("*.py")))
    assert read - set(names_documented()) == set()


def test_no_name_is_documented_that_nobody_reads():
    read = set().union(
        *(names_read(path) for path in [*PLATFORM.rglob("*.py"), ROOT / "tests" / "conftest.py"])
    )
    assert set(names_documented()) - read == set()


def test_no_name_is_documented_twice():
    names = names_documented()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert broken_links(path) == []


def test_every_picture_in_docs_is_shown_by_a_document():
    shown = {Path(link).name for path in DOCUMENTS for link in _LINK.findall(path.read_text())}
    pictures = {path.name for path in (ROOT / "docs/screenshots").iterdir()}
    assert pictures - shown == set()


def test_change_log_has_an_entry_for_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    short = re.escape(version.removesuffix(".0"))
    assert re.search(
        rf"^## \[?{short}(\.0)?\]?( |$)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
