"""Measure the shape of a tree of Python modules: folders, private functions, docstrings, names."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# Names that say that something was found or wanted, not what it is.
PRONOUNS = frozenset(
    [
        "one",
        "found",
        "said",
        "told",
        "wanted",
        "given",
        "thing",
        "kept",
        "made",
        "seen",
        "words",
        "mine",
        "asked",
    ]
)
# How a line begins that names something; any other capitalised first word is taken for a verb.
NOUN_OPENERS = frozenset(
    [
        "The",
        "A",
        "An",
        "What",
        "Where",
        "Who",
        "How",
        "Those",
        "That",
        "All",
        "One",
        "Of",
        "In",
        "To",
        "For",
        "On",
        "At",
        "By",
        "With",
        "Name",
        "Names",
        "Our",
        "Its",
        "It",
        "No",
        "Nothing",
        "Every",
        "Each",
        "Only",
        "As",
        "When",
        "If",
        "Is",
        "Are",
        "Has",
        "True",
        "False",
        "This",
        "These",
        "There",
        "Some",
        "Such",
        "Same",
        "Two",
        "Three",
        "Any",
        "Not",
    ]
)
FIRST_WORD = re.compile(r"[A-Z][a-z]+\b")
LINE_COLUMNS = 100

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def opens_with_a_verb(docstring: str) -> bool:
    """Whether a docstring begins with a verb in the imperative or with "Whether"."""
    first = FIRST_WORD.match(docstring)
    return first is not None and first[0] not in NOUN_OPENERS


@dataclass(frozen=True)
class Module:
    """Hold one module's text and its syntax tree."""

    path: Path

    @cached_property
    def lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse("\n".join(self.lines))))

    @property
    def functions(self) -> list[FunctionNode]:
        return [node for node in self.nodes if isinstance(node, FunctionNode)]

    def bound_names(self) -> Iterator[str]:
        """Yield every name of a parameter or of a variable, as often as it is bound."""
        for node in self.nodes:
            if isinstance(node, FunctionNode):
                yield from (arg.arg for arg in (*node.args.args, *node.args.kwonlyargs))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id

    def class_names(self) -> Iterator[str]:
        """Yield the names of the classes at its top."""
        tree = self.nodes[0]
        assert isinstance(tree, ast.Module)
        yield from (node.name for node in tree.body if isinstance(node, ast.ClassDef))

    def constant_names(self) -> Iterator[str]:
        """Yield the names that are bound at its top."""
        tree = self.nodes[0]
        assert isinstance(tree, ast.Module)
        yield from field_names(tree)

    def defined_names(self) -> Iterator[str]:
        """Yield the names of its classes, functions and fields, and its own."""
        yield self.path.stem if self.path.stem != "__init__" else self.path.parent.name
        for node in self.nodes:
            if isinstance(node, FunctionNode | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr
            if isinstance(node, ast.ClassDef):
                yield from field_names(node)


def field_names(node: ast.ClassDef | ast.Module) -> Iterator[str]:
    """Yield the names that the body of a class or a module binds."""
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@dataclass(frozen=True)
class Measures:
    """Hold what LAYOUT.md bounds: shares in percent, pronouns per 1,000 bindings."""

    modules_per_folder: float
    largest_folder: int
    private_functions: float
    verb_docstrings: float
    long_lines: float
    pronouns: float


def modules_below(root: Path) -> list[Module]:
    """Return the modules below a folder, migrations left out."""
    paths = sorted(root.rglob("*.py"))
    return [Module(path) for path in paths if "migrations" not in path.relative_to(root).parts]


def modules_by_folder(modules: list[Module]) -> Counter[Path]:
    """Count the modules of each folder; `__init__` is the folder itself."""
    return Counter(module.path.parent for module in modules if module.path.stem != "__init__")


def measure(modules: list[Module]) -> Measures:
    """Measure the modules together."""
    folders = modules_by_folder(modules)
    functions = [function for module in modules for function in module.functions]
    private = [name for name in (function.name for function in functions) if is_private(name)]
    docstrings = list(filter(None, map(ast.get_docstring, functions)))
    lines = [line for module in modules for line in module.lines]
    names = [name for module in modules for name in module.bound_names()]
    return Measures(
        modules_per_folder=folders.total() / len(folders),
        largest_folder=max(folders.values()),
        private_functions=share(len(private), len(functions)),
        verb_docstrings=share(len(list(filter(opens_with_a_verb, docstrings))), len(docstrings)),
        long_lines=share(len([line for line in lines if len(line) > LINE_COLUMNS]), len(lines)),
        pronouns=10 * share(len([name for name in names if name in PRONOUNS]), len(names)),
    )


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def share(count: int, total: int) -> float:
    """Return how many percent of the total that is."""
    return 100 * count / total
