"""The house stays as it was drawn: sizes in bounds, and no name of the old language comes back."""

import re
from collections import Counter
from pathlib import Path

from tests.support.house import Module, measure, modules_below, modules_by_folder
from tests.support.paths import ROOT

PLATFORM = modules_below(ROOT / "platform")
BENCH = modules_below(ROOT / "bench")
SUPPORT = modules_below(ROOT / "tests" / "support")
STATIC = sorted((ROOT / "static" / "js").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FOLDER_MODULES_MAX = 16
MODULE_LINES_MAX = 400

# Names that the product no longer uses, and what it says instead. Each is the whole name of a
# module, class, function or field, however it begins and whether or not it is capitalised.
OLD_NAMES = {
    "look": "auto_check, attest, sync, theme",
    "looks": "auto_check, theme",
    "look_slots": "auto_check_throttle",
    "looker": "attestor",
    "glance": "precheck",
    "witness": "peer_attestation",
    "dress": "theme",
    "dressed": "theme",
    "dial": "connection",
    "seen_dial": "attested_connection",
    "seat": "machine_owner, student_machine",
    "told": "container and event, message",
    "happening": "engine_event",
    "happened": "history",
    "kind_of": "machine_type",
    "machine_kinds": "machine_types",
    "open_machine": "create_machine",
    "run_beside": "probe_network",
    "run_apart": "run_isolated",
    "run_trial": "smoke_test",
    "piece": "evidence_task",
    "pieces": "evidence_tasks",
    "finding": "check_outcome",
    "findings": "check_outcomes",
    "judge": "evaluate",
    "judges": "checks",
    "shapes": "docker_parsers",
    "workshop": "verification_rig",
    "tried": "attempt",
    "standing": "student_state",
    "places": "navigation",
    "terms": "policy",
    "friendly": "error_messages",
    "give_up": "retire",
    "let_go": "release_lease, retire",
    "held_until": "leased_until",
    "fences": "kernel_limits",
    "comparing": "comparison",
    "frm": "from_states",
    "leaving": "user_deletion",
    "closing": "account_deletion",
    "sealing": "encryption",
    "seal": "encrypt",
    "unseal": "decrypt",
    "seal_broken": "decryption_failed",
    "setups": "setup_scripts, setup_results",
    "preparing": "setup_scripts",
    "prepared": "setup_results",
    "unprepared": "setup_failed",
    "api_once": "idempotency",
    "api_edge": "middleware",
    "api_limits": "throttling",
    "stand": "harness",
    "given": "environment",
    "words": "messages",
    "said": "output",
    "found": "result",
    "one": "item",
    "mine": "own",
    "wanted": "requested",
    "asked": "requested",
    "patiently": "with_retries",
    "ear": "listener",
    "not_told_here": "unknown_here",
    "too_much": "limit_exceeded",
    "queueing": "task_queue",
    "kept": "unchanged, stored",
    "made": "created",
    "seen": "observed",
    "thing": "item",
    "things": "items",
    "warm": "pooled",
    "cold": "new",
    "here": "ACTIVE_STATES, local",
    "every": "ALL_STATES, step",
    "watcher": "machine_owner",
}
OLD_PREFIXES = ("judge_",)
# Classes whose names said too little; as a variable or a field each of these is a plain word.
OLD_CLASSES = {"Answer", "Happening", "Kind", "Listed", "Target", "Told", "Wanted"}
# What a script declares: variables, functions, classes, and a class's own fields and methods.
DECLARED = re.compile(
    r"\b(?:const|let|class|function\*?)\s+([A-Za-z_$][\w$]*)"
    r"|^  (?:static |async |get |set )*#?([A-Za-z_$][\w$]*)(?: = |;$|\(.*\) \{$)",
    re.MULTILINE,
)
# Where a public format prescribes a name: fields of the JSON API, of lessons and of stored
# evidence, and the lists that load_lessons prints.
PRESCRIBED = {
    "platform/api/schemas.py": {"found", "prepared", "terms", "unprepared"},
    "platform/checks/base.py": {"found"},
    "platform/checks/evidence/docker_schema.py": {"said", "seen"},
    "platform/checks/evidence/schema.py": {"found"},
    "platform/checks/evidence/script_runner.py": {"found"},
    "platform/checks/results.py": {"found"},
    "platform/core/specs/outcomes.py": {"found"},
    "platform/curriculum/loader/service.py": {"kept"},
    "platform/curriculum/schema/glossary.py": {"terms"},
    "platform/questions/base.py": {"found"},
}
# By Django's custom every command is one.
SHARED_CLASS_NAMES = {"Command"}
# Names of the JSON API's schemas are public, and those of the models that they show.
SCHEMAS = ROOT / "platform" / "api" / "schemas.py"


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def old_names_in(module: Module) -> list[str]:
    names = sorted({snake_case(name) for name in module.defined_names()})
    old = [name for name in names if name in OLD_NAMES or name.startswith(OLD_PREFIXES)]
    return [
        name for name in old if name not in PRESCRIBED.get(str(module.path.relative_to(ROOT)), ())
    ]


def old_names_declared(script: Path) -> list[str]:
    declared = DECLARED.findall(script.read_text(encoding="utf-8"))
    return sorted({snake_case(top or inner) for top, inner in declared} & OLD_NAMES.keys())


def test_no_folder_holds_more_modules_than_a_reader_surveys() -> None:
    sizes = modules_by_folder(PLATFORM)
    assert {folder: size for folder, size in sizes.items() if size > FOLDER_MODULES_MAX} == {}


def test_no_module_is_longer_than_one_concept() -> None:
    lengths = {module.path: len(module.lines) for module in [*PLATFORM, *BENCH]}
    assert {path: length for path, length in lengths.items() if length > MODULE_LINES_MAX} == {}


def test_no_old_name_comes_back() -> None:
    old = {
        module.path.relative_to(ROOT).as_posix(): old_names_in(module)
        for module in [*PLATFORM, *BENCH, *SUPPORT]
    }
    old |= {path.relative_to(ROOT).as_posix(): old_names_declared(path) for path in STATIC}
    assert {
        path: {name: OLD_NAMES.get(name, "") for name in names}
        for path, names in old.items()
        if names
    } == {}


def test_no_class_is_called_as_vaguely_as_before() -> None:
    classes = {name for module in PLATFORM for name in module.class_names()}
    assert classes & OLD_CLASSES == set()


def test_no_constant_is_a_letter() -> None:
    letters = {
        module.path.relative_to(ROOT).as_posix(): name
        for module in [*PLATFORM, *BENCH]
        for name in module.constant_names()
        if len(name) == 1 and name.isupper()
    }
    assert letters == {}


def test_no_script_bears_an_old_name() -> None:
    names = {path.relative_to(ROOT).as_posix(): snake_case(path.stem) for path in STATIC}
    assert {
        path: name for path, name in names.items() if name in {*OLD_NAMES, "bench", "stage"}
    } == {}


def test_no_template_bears_an_old_name() -> None:
    assert [path for path in TEMPLATES if snake_case(path.stem) in OLD_NAMES] == []


def test_each_class_has_a_name_of_its_own() -> None:
    modules = [module for module in PLATFORM if module.path != SCHEMAS]
    counts = Counter(name for module in modules for name in module.class_names())
    repeated = {name for name, count in counts.items() if count > 1}
    assert repeated - SHARED_CLASS_NAMES == set()


def test_the_platform_keeps_the_measures_that_it_was_drawn_to() -> None:
    measures = measure(PLATFORM)
    assert measures.modules_per_folder <= 8
    assert measures.largest_folder <= FOLDER_MODULES_MAX
    assert measures.private_functions <= 15
    assert measures.verb_docstrings >= 80
    assert measures.pronouns < 2


def test_lines_are_short() -> None:
    assert measure(PLATFORM).long_lines < 0.5
