"""The browser's modules, tested by node's own runner and checked by tsc."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def run(*command: str):
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/unit/js").glob("*.test.mjs")), ids=lambda path: path.stem
)
def test_modules(path):
    done = run(NODE, "--test", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_types():
    compiler = ROOT / "node_modules/typescript/bin/tsc"
    if not compiler.is_file():
        pytest.skip("TypeScript is not installed: npm ci")
    done = run(NODE, str(compiler), "-p", "tsconfig.json")
    assert done.returncode == 0, done.stdout
