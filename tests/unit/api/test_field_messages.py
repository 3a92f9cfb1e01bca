"""Name the field of a body that holds something invalid, in plain words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ninja import Schema
from pydantic import ValidationError

from api import schemas
from api.errors import describe_faults
from core.specs.error_messages import FALLBACK
from tests.support.learners import client_of

REQUESTS: list[type[Schema]] = [
    value
    for value in vars(schemas).values()
    if isinstance(value, type) and issubclass(value, Schema) and value is not Schema
]
FIELDS = [(model, name) for model in REQUESTS for name in model.model_fields]
VALID = {
    schemas.SandboxRequest: {"lesson": "a/b"},
    schemas.SubmissionRequest: {"answers": {"q": "a"}},
    schemas.PredictionRequest: {"prediction": "p", "value": 1.0},
    schemas.HintRequest: {"number": 1},
}
trouble = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("x" * 300),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("key"), inner, max_size=1),
    max_leaves=4,
)


def messages(model, body):
    """Return what the API says of a body."""
    try:
        model.model_validate(body)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", "body", *fault["loc"])} for fault in error.errors()]
        return describe_faults(faults)
    return []


def test_every_request_has_a_valid_example():
    assert VALID.keys() == set(REQUESTS)
    assert [messages(model, body) for model, body in VALID.items()] == [[]] * len(VALID)


@pytest.mark.parametrize(
    ("model", "field"), FIELDS, ids=lambda value: getattr(value, "__name__", value)
)
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(value=trouble)
def test_a_fault_names_its_field_in_plain_words(model, field, value):
    for message in messages(model, {**VALID[model], field: value}):
        name, _, words = message.partition(": ")
        assert name.split(".")[0] == field
        assert words
        assert FALLBACK not in words
        assert not any(raw in words for raw in ("Input ", "String ", "should", "Value error"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"answers": {"q": True}}, ""),
        (
            {"answers": {"q": [1]}},
            "answers.q: must be a text, a number, a list of texts or a table of fields",
        ),
        ({"answers": 3}, "answers: must be a table of fields"),
    ],
)
def test_what_is_none_of_several_types_is_one_fault(body, message):
    assert "; ".join(messages(schemas.SubmissionRequest, body)) == message


@pytest.mark.django_db
def test_the_api_answers_with_the_field(student):
    answer = client_of(student).post("/api/sandboxes", {"lesson": "ä"}, "application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == (
        "lesson: must be course/lesson, in plain letters, digits and hyphens"
    )
