"""Define the field for a unit, and refuse one that does not fit."""

from typing import Annotated

from pydantic import StringConstraints
from pydantic_core import PydanticCustomError

from core.units import UNITS

UnitName = Annotated[str, StringConstraints(max_length=10)]


def check_unit(name: str, dimension: str, at: tuple[str | int, ...] = ("unit",)) -> None:
    """Raise PydanticCustomError, at that place, for a unit that is not of this dimension.

    It has to be in its usual spelling.
    """
    unit = UNITS.get(name)
    if unit is None or unit.dimension != dimension:
        fitting = [unit.name or "none" for unit in UNITS.values() if unit.dimension == dimension]
        context = {"known": ", ".join(fitting), "at": at}
        raise PydanticCustomError("unit", "may be one of {known}", context)
