"""Parameters: whom which value falls to, for ever."""

import pytest
from pydantic import TypeAdapter, ValidationError

from curriculum.schema.parameters import (
    ParameterSpec,
    PickParameter,
    RandomParameter,
    ValueParameter,
    draw,
    student_seed,
)

PARAMETER = TypeAdapter(ParameterSpec)
SHIPS = ("Argo", "Beagle", "Calypso", "Discovery")
SEEDS = [student_seed(user, "course/lesson/exercise") for user in range(1, 401)]


def drawn(parameter: ParameterSpec) -> list[str]:
    return [parameter.draw(seed) for seed in SEEDS]


def test_the_draw_is_what_it_was():
    """Students keep their values: if this fails, version 1 of the draw has changed."""
    parameters = [
        ValueParameter(name="port", value="8080"),
        PickParameter(name="ship", options=SHIPS),
        RandomParameter(name="seconds", min=100, max=999, step=3),
    ]
    assert [draw(parameters, student_seed(user, "c/l/e")) for user in (1, 2, 3)] == [
        {"port": "8080", "ship": "Argo", "seconds": "715"},
        {"port": "8080", "ship": "Argo", "seconds": "157"},
        {"port": "8080", "ship": "Calypso", "seconds": "967"},
    ]


def test_every_value_comes_about_as_often_as_any_other():
    for parameter in (
        PickParameter(name="a", options=SHIPS),
        RandomParameter(name="a", min=-1, max=2),
    ):
        values = drawn(parameter)
        assert {values.count(value) > 60 for value in set(values)} == {True}
        assert len(set(values)) == 4


def test_random_numbers_keep_to_their_steps():
    values = {int(value) for value in drawn(RandomParameter(name="a", min=10, max=21, step=5))}
    assert values == {10, 15, 20}


def test_another_parameter_or_order_changes_nobodys_value():
    ship = PickParameter(name="ship", options=SHIPS)
    assert drawn(PickParameter(name="ship", options=SHIPS[::-1])) == drawn(ship)
    both = [RandomParameter(name="n", min=0, max=9), ship]
    assert [draw(both, seed)["ship"] for seed in SEEDS] == drawn(ship)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            PickParameter(name="a", options=SHIPS),
            PickParameter(name="a", options=(*SHIPS, "Endeavour")),
        ),
        (RandomParameter(name="a", min=0, max=3), RandomParameter(name="a", min=0, max=4)),
    ],
)
def test_more_to_choose_from_moves_only_those_who_get_the_new(before, after):
    old, new = drawn(before), drawn(after)
    moved = [value for was, value in zip(old, new, strict=True) if was != value]
    assert set(moved) == set(new) - set(old)
    assert 40 < len(moved) < 120


def test_students_and_exercises_differ():
    number = RandomParameter(name="a", min=0, max=999_999)
    assert len({number.draw(student_seed(user, "c/l/e")) for user in range(50)}) == 50
    assert number.draw(student_seed(1, "c/l/e")) != number.draw(student_seed(1, "c/l/f"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "pick", "name": "a", "options": ["x"]}, "at least 2"),
        ({"kind": "pick", "name": "a", "options": ["x", "y", "x"]}, "x is there twice"),
        ({"kind": "random", "name": "a", "min": 5, "max": 5}, "fewer than two"),
        ({"kind": "random", "name": "a", "min": 1, "max": 3, "step": 3}, "fewer than two"),
        ({"kind": "value", "name": "Ship", "value": "x"}, "pattern"),
        ({"kind": "value", "name": "end", "value": "x"}, "has another meaning in templates"),
        *(
            ({"kind": "value", "name": "a", "value": value}, "pattern")
            for value in (
                "",
                " x",
                "x.",
                "it's",
                "$HOME",
                "a`b",
                "<b>",
                "a\nb",
                "a;b",
                'a"b',
                "a\\b",
                "-rf",
                "*",
            )
        ),
    ],
)
def test_what_can_not_be_one_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        PARAMETER.validate_python(fields)
