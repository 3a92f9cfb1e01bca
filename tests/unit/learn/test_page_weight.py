"""How much JavaScript a lesson's page loads before a panel is opened."""

import gzip
import re
from pathlib import Path

from tests.support.paths import ROOT

SCRIPTS = ROOT / "static/js"
VENDOR = ROOT / "node_modules"
MOST = 350_000
# `import … from "x"`, `export … from "x"`, `import "x"`, and `import("x")` of a name that is known.
IMPORTS = re.compile(r'(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"')
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def script_of(name: str, importer: Path) -> Path | None:
    """Return the file of a module's name; None where there is none, as in a text."""
    if name.startswith("."):
        return (importer.parent / name).resolve()
    return next(iter(sorted((VENDOR / name).glob("lib/*.mjs"))), None)


def loaded_by(entry: Path) -> set[Path]:
    """Return all scripts that a module brings in, now or when a terminal opens."""
    waiting, loaded = [entry], set[Path]()
    while waiting:
        script = waiting.pop()
        if script in loaded:
            continue
        loaded.add(script)
        if not script.is_relative_to(SCRIPTS):
            continue
        for name in IMPORTS.findall(COMMENTS.sub("", script.read_text())):
            if (imported := script_of(name, script)) is not None:
                waiting.append(imported)
    return loaded


def test_a_lesson_loads_little_before_a_panel_is_opened() -> None:
    scripts = loaded_by(SCRIPTS / "lesson.js")
    names = {script.name for script in scripts}
    assert {"dock.js", "view.js", "xterm.mjs", "addon-webgl.mjs"} <= names
    assert not [script for script in scripts if script.name == "panel.js"]
    weight = sum(len(gzip.compress(script.read_bytes(), 6)) for script in scripts)
    assert weight <= MOST, f"{weight} bytes in {len(scripts)} scripts"
