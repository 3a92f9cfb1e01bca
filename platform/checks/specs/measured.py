"""Checks of numbers that a student has measured, and predictions of them."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import BaseCheck
from checks.specs.files import FilePath
from checks.specs.processes import CommandName
from core.units import UNITS, Unit

# What the platform measures by itself, and the dimension of its number (core.units).
Quantity = Literal["memory", "process-memory", "processes", "image-size", "start-time", "boot-time"]
DIMENSIONS: dict[str, str] = {
    "memory": "data",
    "process-memory": "data",
    "processes": "count",
    "image-size": "data",
    "start-time": "time",
    "boot-time": "time",
}
UnitName = Annotated[str, StringConstraints(max_length=10)]
Amount = Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)]


class MeasurementCheck(BaseCheck):
    """A number that the student has written into a file, held against the platform's own measurement of the same."""

    kind: Literal["measurement"] = "measurement"
    path: Annotated[FilePath, Field(description="Where the number is written, as in /root/answer.")]
    of: Annotated[Quantity, Field(description="What the platform measures, out of the student's reach.")]
    process: Annotated[
        CommandName | None, Field(description="For process-memory: the process's name, as in /proc/<pid>/comm.")
    ] = None
    unit: Annotated[UnitName, Field(description="Of a number without one, and of what is shown. Counts have none.")] = (
        ""
    )
    within_percent: Annotated[
        int | None,
        Field(strict=True, ge=1, le=1000, description="How far off it may be, in per cent of the platform's."),
    ] = None
    within: Annotated[
        Amount | None, Field(description="How far off it may be, in the unit. Of two bounds, the wider one counts.")
    ] = None

    @property
    def measure(self) -> Unit:
        """The unit."""
        return UNITS[self.unit]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_unit(self.unit, DIMENSIONS[self.of])
        if (self.process is not None) != (self.of == "process-memory"):
            raise PydanticCustomError("process", "goes with of = process-memory, and it alone", {"at": ("process",)})
        if self.within_percent is None and self.within is None:
            raise PydanticCustomError("tolerance", "needs within_percent, within or both")
        return self


def check_unit(name: str, dimension: str, at: tuple[str | int, ...] = ("unit",)) -> None:
    """Raise PydanticCustomError, at that place, for a unit that is not of this dimension, in its usual spelling."""
    unit = UNITS.get(name)
    if unit is None or unit.dimension != dimension:
        known = ", ".join(one.name or "none" for one in UNITS.values() if one.dimension == dimension)
        raise PydanticCustomError("unit", "may be one of {known}", {"known": known, "at": at})


def boot_timed(checks: Sequence[object]) -> list[int]:
    """Which of the checks want to know how long a guest took to boot; only machines that open in a guest can be asked."""
    return [n for n, check in enumerate(checks) if isinstance(check, MeasurementCheck) and check.of == "boot-time"]
