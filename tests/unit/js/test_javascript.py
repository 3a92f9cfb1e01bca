"""Test the browser's modules with node's own runner, and check them with tsc."""

import shutil
import subprocess

import pytest

from tests.support.paths import ROOT

NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    # Processes of their own, which give way to all others: how long that takes is the machine's.
    pytest.mark.timeout(600),
]


def run(*command: str):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


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
