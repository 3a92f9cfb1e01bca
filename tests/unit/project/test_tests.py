"""The tests' own house: nothing is imported from a test, and benchmarks stand above the support."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py"))
SUPPORT = "tests.support"


def modules_imported(path: Path) -> Iterator[str]:
    """Give the modules that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def belongs_to(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_nothing_is_imported_from_a_test() -> None:
    imported = {(path.name, module) for path in TESTS for module in modules_imported(path)}
    from_tests = {(name, module) for name, module in imported if belongs_to(module, "tests")}
    assert {pair for pair in from_tests if not belongs_to(pair[1], SUPPORT)} == set()


def test_no_test_imports_a_benchmark() -> None:
    imported = {(path.name, module) for path in TESTS for module in modules_imported(path)}
    assert {pair for pair in imported if belongs_to(pair[1], "bench")} == set()


def test_benchmarks_import_nothing_of_tests_but_their_support() -> None:
    imported = {
        module for path in (ROOT / "bench").rglob("*.py") for module in modules_imported(path)
    }
    shared = {module for module in imported if belongs_to(module, "tests")}
    assert {module for module in shared if not belongs_to(module, SUPPORT)} == set()
