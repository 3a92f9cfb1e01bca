"""Name every field that holds something invalid, in the admin and in files, in plain words."""

import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomlkit
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from checks.base import BaseCheck
from core.specs.error_messages import FALLBACK
from curriculum.admin.form_parts import Group, parts_of
from curriculum.admin.form_values import read_form
from curriculum.admin.forms import Field, SpecForm, visible_fields
from curriculum.loader.sources import read_toml
from curriculum.loader.validation import Errors, validate
from curriculum.schema.parameters import BaseParameter
from curriculum.schema.specs import (
    EXERCISE_TOML_FIELDS,
    SCRIPT_FIELDS,
    CourseSpec,
    ExerciseSpec,
    LessonSpec,
)
from questions.base import BaseQuestion
from tests.support.curriculum.admin_forms import shown_values
from tests.support.curriculum.whole_specs import (
    all_kinds,
    whole_course,
    whole_exercise,
    whole_lesson,
)

RAW_WORDS = ("Input ", "String ", "Value error", "Extra inputs", "should be", "should have", "{")
EXAMPLES = settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Case(NamedTuple):
    """Name a field of a form whose other fields are all valid."""

    model: type[BaseModel]
    kinds: tuple[tuple[str, str], ...]
    name: str
    key: str


@cache
def form_parts(model: type[BaseModel]) -> Group:
    """Return the parts of a model's form."""
    return parts_of(model, leave_out={"lessons", "exercises"})


def whole(model: type[BaseModel], kinds: tuple[tuple[str, str], ...] = ()) -> Any:
    """Return valid data, with rows of these kinds."""
    if model is ExerciseSpec:
        return whole_exercise(**{name.removesuffix("s"): kind for name, kind in kinds})
    return whole_lesson() if model is LessonSpec else whole_course()


def leaves(model: type[BaseModel], kinds: tuple[tuple[str, str], ...] = ()) -> Iterator[Field]:
    """Yield the fields of a form that take a value."""
    form = SpecForm(model, form_parts(model), whole(model, kinds))
    return (item for item in visible_fields(form.fields()) if item.shape == "leaf")


BASES: dict[str, type[BaseModel]] = {
    "checks": BaseCheck,
    "questions": BaseQuestion,
    "parameters": BaseParameter,
}


def cases() -> list[Case]:
    """Return every field of every form, those of a row's kinds once for each kind."""
    found = {
        (model.__name__, item.key): Case(model, (), item.name, item.key)
        for model in (CourseSpec, LessonSpec, ExerciseSpec)
        for item in leaves(model)
    }
    for name, kind in all_kinds():
        for item in leaves(ExerciseSpec, ((name, kind),)):
            # What every kind has is there once.
            field = item.key.removeprefix(f"{name}[0].")
            if field != item.key and field not in BASES[name].model_fields:
                case = Case(ExerciseSpec, ((name, kind),), item.name, item.key)
                found[kind, item.key] = case
    return list(found.values())


CASES = cases()
IDS = ["-".join([case.model.__name__, *(k for _n, k in case.kinds), case.key]) for case in CASES]
# What people type where something else belongs.
TROUBLE = ["", " ", "-1", "1e99", "999999999999", "no such thing", "x" * 100_001, "\0", "(", "ä/.."]
typed = st.sampled_from(TROUBLE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
in_files = st.one_of(
    st.sampled_from(TROUBLE),
    st.booleans(),
    st.integers(-10, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just([]),
    st.just(["a", 1]),
    st.just({"a": 1}),
    st.just(datetime.date(2027, 1, 31)),
)


def is_plain(message: str) -> bool:
    """Whether a message is in the product's own words."""
    return message != FALLBACK and not any(word in message for word in RAW_WORDS)


def refuse_in_form(case: Case, value: str) -> int:
    """Type a value into a field, and return how many faults the page shows for it."""
    part, data = form_parts(case.model), whole(case.model, case.kinds)
    posted = shown_values(SpecForm(case.model, part, data).fields()) | {case.name: value}
    typed_in = MultiValueDict({name: [text] for name, text in posted.items()})
    form = SpecForm(case.model, part, read_form(part, typed_in))
    if form.validate({}) is not None:
        return 0
    faulty = form.faulty_fields()
    messages = [message for item in faulty for message in item.errors]
    assert len(messages) + len(form.head_errors()) == sum(map(len, form.errors.values()))
    assert messages, form.errors
    assert all(map(is_plain, messages + form.head_errors()))
    assert all(item.title for item in faulty)
    root = case.key.partition("[")[0]
    assert any(item.key.partition("[")[0] == root for item in faulty) or root in TIED
    return len(messages)


# Fields whose fault may show at the field that they belong with.
TIED = {"late", "due", "show_solution", "machine", "checks", "predictions", "questions"}


@pytest.mark.parametrize("case", CASES, ids=IDS)
@EXAMPLES
@given(value=typed)
def test_the_admin_shows_every_fault_at_a_field_of_the_page(case: Case, value: str) -> None:
    refuse_in_form(case, value)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_field_refuses_something_or_takes_a_tick(case: Case) -> None:
    (item,) = (item for item in leaves(case.model, case.kinds) if item.name == case.name)
    widget = item.part.widget  # type: ignore[union-attr]  # a leaf has one
    assert widget == "flag" or any(refuse_in_form(case, value) for value in TROUBLE)


FILE_CASES = [
    case for case in CASES if case.key.partition("[")[0] in {*EXERCISE_TOML_FIELDS, "summary"}
]


def replaced(data: Any, name: str, value: Any) -> Any:
    """Return data with another value at the place that a form's field has."""
    head, _, rest = name.partition("-")
    new = (
        replaced(data[int(head)] if head.isdigit() else data.get(head), rest, value)
        if rest
        else value
    )
    if isinstance(data, list):
        return [new if str(index) == head else row for index, row in enumerate(data)]
    return {**(data or {}), head: new}


@pytest.mark.parametrize(
    "case", [case for case in FILE_CASES if case.model is not LessonSpec], ids=lambda case: case.key
)
@EXAMPLES
@given(value=in_files)
def test_files_name_the_field_and_its_line(case: Case, value: Any, tmp_path: Path) -> None:
    data = replaced(whole(case.model, case.kinds), case.name, value)
    others = {"slug", "title", "machine", "body", *SCRIPT_FIELDS}
    fixed = {name: data.pop(name) for name in list(data) if name in others}
    is_course = case.model is CourseSpec
    path = tmp_path / ("course.toml" if is_course else "exercise.toml")
    path.write_text(tomlkit.dumps(data | ({"title": fixed.pop("title")} if is_course else {})))
    errors: Errors = []
    spec = validate(case.model, fixed, (read_toml(path),), errors)
    assert (spec is None) == bool(errors)
    for error in errors:
        assert is_plain(error.message), error
        assert error.line >= 1
        assert error.field != "file"
