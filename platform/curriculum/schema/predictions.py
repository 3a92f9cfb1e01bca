"""Define what a student commits to before measuring it."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.registry import CheckSpec
from core.specs.fields import Slug
from core.specs.units import UnitName, check_unit
from core.units import UNITS, Unit

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Bound = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]


class PredictionSpec(BaseModel):
    """Ask for a number, which the measurement check `of` measures afterwards.

    `min` and `max` bound the predictions that are accepted, in `unit`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[Slug, Field(description="A short name, once in the exercise.")]
    label: Annotated[
        Label, Field(description="What is predicted, as the question above the field.")
    ]
    unit: Annotated[
        UnitName, Field(description="Of the number that is asked for. Counts have none.")
    ] = ""
    min: Annotated[
        Bound | None, Field(description="The smallest number that is accepted, in the unit.")
    ] = None
    max: Annotated[
        Bound | None, Field(description="The largest number that is accepted, in the unit.")
    ] = None
    of: Annotated[Slug, Field(description="The measurement check that measures it afterwards.")]

    @property
    def measure(self) -> Unit:
        """Return the unit."""
        return UNITS[self.unit]

    @model_validator(mode="after")
    def bounds_fit(self) -> Self:
        """Refuse bounds that leave nothing between them."""
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise PydanticCustomError("bounds", "must be greater than min", {"at": ("max",)})
        return self


def refuse_unmeasured(predictions: Sequence[PredictionSpec], checks: Sequence[CheckSpec]) -> None:
    """Raise PydanticCustomError for a prediction that no check of the exercise measures.

    The check has a unit of the same dimension, and belongs to no other prediction.
    """
    measured = {check.id: check.measured_dimension for check in checks}
    for index, prediction in enumerate(predictions):
        location = ("predictions", index)
        dimension = measured.pop(prediction.of, None)
        if dimension is None:
            raise PydanticCustomError(
                "of",
                "{of} is not a measurement check, or already predicted",
                {"of": prediction.of, "at": (*location, "of")},
            )
        check_unit(prediction.unit, dimension, at=(*location, "unit"))
