"""Ask for a number, in any unit of the same quantity."""

import math
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from core.specs.outcomes import EvidenceMissing, quoted
from core.units import UNITS, convert, find_unit, siblings, split_quantity
from questions.answers import read_text
from questions.base import BaseQuestion, Grade, Json, Render
from questions.errors import AnswerRefused
from questions.registry import QUESTION_KINDS

# A number in another unit than the question's may be rounded to so many digits, or more.
ROUNDED_DIGITS = 3
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


def refuse_unknown_unit(name: str) -> str:
    """Return the name of a unit. Raises PydanticCustomError for any other."""
    if name not in UNITS:
        known = ", ".join(filter(None, UNITS))
        raise PydanticCustomError("unit", "is not a unit; known are {known}", {"known": known})
    return name


UnitName = Annotated[
    str,
    AfterValidator(refuse_unknown_unit),
    Field(json_schema_extra={"enum": [name for name in UNITS if name]}),
]


@QUESTION_KINDS.register(position=30)
class NumberQuestion(BaseQuestion):
    """Ask for a number. An answer is {"value", "unit"}, or a bare value in the question's unit.

    `tolerance` is in `unit`, `tolerance_percent` of the answer; one of the two at most. An answer
    in another unit may also be rounded to three digits or more.
    """

    template: ClassVar[str] = "learn/questions/_number.html"
    answer_format: ClassVar[str] = '{"value", "unit"}'
    expected: ClassVar[str] = "the right number, in any fitting unit"

    kind: Literal["number"] = "number"
    answer: Annotated[Number, Field(description="The right number.")]
    unit: Annotated[
        UnitName, Field(description="Of the answer; students may choose another like it.")
    ] = ""
    tolerance: Annotated[
        Number, Field(ge=0, description="How far off is still right, in the same unit.")
    ] = 0.0
    tolerance_percent: Annotated[
        Number,
        Field(ge=0, le=100, description="Or how far off in per cent of the right number."),
    ] = 0.0

    @property
    def slack(self) -> float:
        """Return how far off is still right, in `unit`."""
        return self.tolerance or abs(self.answer) * self.tolerance_percent / 100

    @model_validator(mode="after")
    def refuse_two_tolerances(self) -> Self:
        """Raise PydanticCustomError at the second tolerance."""
        if self.tolerance and self.tolerance_percent:
            raise PydanticCustomError(
                "two",
                "a number has tolerance or tolerance_percent, not both",
                {"at": ("tolerance_percent",)},
            )
        return self

    def present(self, seed: str, inline: Render) -> Json:
        """Return the unit to begin with, and all that an answer may be in."""
        unit = UNITS[self.unit]
        units = [sibling.name for sibling in siblings(unit) if sibling.name]
        return {"unit": unit.name, "units": units}

    def read_answer(self, raw: Any) -> dict[str, str] | None:
        """Return the number in plain digits, for how it is rounded counts, and its unit."""
        fields = raw if isinstance(raw, dict) else {"value": raw}
        if fields.keys() - {"value", "unit"}:
            raise AnswerRefused('must be {"value", "unit"}')
        value = fields.get("value", "")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        text = read_text(repr(value) if is_number else value).strip()
        if not text:
            return None
        unit = find_unit(read_text(fields.get("unit") or self.unit))
        if unit is None or unit.dimension != UNITS[self.unit].dimension:
            if self.unit:
                raise AnswerRefused(f"must be in a unit like {self.unit}")
            raise AnswerRefused("is a number without a unit")
        number, written = split_quantity(text, unit)
        answer = {"value": number, "unit": written.name}
        if not is_number and self.is_right_in_thousands(answer):
            split_quantity(text, unit, typed=True)
        return answer

    def is_right_in_thousands(self, answer: dict[str, str]) -> bool:
        """Whether a wrong answer is right once its point stands before thousands.

        Where either reading is wrong, or the one with decimals is right, nobody has to be asked.
        """
        in_thousands = {**answer, "value": answer["value"].replace(".", "")}
        return not self.grade(answer).share and bool(self.grade(in_thousands).share)

    def grade(self, answer: dict[str, str]) -> Grade:
        """Compare the number in the unit of the answer."""
        unit, own_unit = UNITS[answer["unit"]], UNITS[self.unit]
        if unit.dimension != own_unit.dimension:
            raise EvidenceMissing(
                "The answer is in a unit that the question does not ask for any more."
            )
        number = stored_number(answer["value"])
        right = convert(self.answer, own_unit, unit)
        slack = convert(self.slack, own_unit, unit)
        fits = abs(number - right) <= slack or math.isclose(number, right, rel_tol=1e-9)
        if unit != own_unit:
            fits = fits or is_rounded(answer["value"], number, right)
        return Grade(Fraction(fits), quoted(f"{answer['value']} {answer['unit']}"))

    def solution(self, inline: Render) -> list[str]:
        """Return the number and its unit."""
        return [f"{self.answer:.12g} {self.unit}".strip()]

    def right_answer(self) -> dict[str, str]:
        """Return the number as somebody would write it."""
        return {"value": f"{self.answer:.15g}", "unit": self.unit}


def stored_number(text: str) -> float:
    """Return the number of an answer; version 0.1 stored commas before decimals as typed."""
    return float(text.replace(",", "."))


def is_rounded(text: str, number: float, right: float) -> bool:
    """Whether what was written is the right number, rounded: 1.07 GB for 1 GiB."""
    if "e" in text.lower():
        return False
    whole, _, decimals = text.lstrip("+-").replace(",", ".").partition(".")
    digits = (whole + decimals).lstrip("0")
    rounded = round(right, len(decimals))
    return len(digits) >= ROUNDED_DIGITS and math.isclose(rounded, number, rel_tol=1e-9)
