"""Define what an author may say about the course of an exercise, beside its task.

That is hints and their costs, the most attempts, the deadline, and the solution. ExerciseSpec has
the fields; grading/policy.py acts on them.
"""

from typing import Annotated, Any, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from core.specs.fields import Prose

# The attempt that counts, what becomes of late submissions, and when the solution is shown.
Counting = Literal["best", "last"]
Late = Literal["accept", "refuse", "reduce"]
Showing = Literal["never", "after-pass", "after-attempts"]
Deadline = AwareDatetime


class Hint(BaseModel):
    """Nudge a student. In files, a hint that costs nothing is its text alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[Prose, Field(description="Markdown.")]
    cost: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=100,
            description="Points that later submissions lose for it. 0: it is free.",
        ),
    ] = 0

    @model_validator(mode="before")
    @classmethod
    def accept_text(cls, value: Any) -> Any:
        """Take a text as a hint that costs nothing."""
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, dict | cls):
            raise PydanticCustomError("hint", "must be a text, or a table with text and cost")
        return value

    @model_serializer
    def serialize(self) -> str | dict[str, Any]:
        """Write the hint as files have it."""
        return {"text": self.text, "cost": self.cost} if self.cost else self.text


def hint_fields(serialized: str | dict[str, Any]) -> dict[str, Any]:
    """Return a hint's fields, from how files have it."""
    return {"text": serialized, "cost": 0} if isinstance(serialized, str) else serialized


class PolicyFields(Protocol):
    """List the fields that have to fit each other."""

    due: Any
    late: Late
    late_percent: int
    show_solution: Showing
    solution_after: int


def refuse_misfits(policy: PolicyFields) -> None:
    """Raise PydanticCustomError for a field that means nothing without another."""
    if policy.late != "accept" and policy.due is None:
        raise misfit("late", "means nothing without a deadline: set due, or accept what is late")
    if (policy.late == "reduce") != bool(policy.late_percent):
        raise misfit("late_percent", "is for late = reduce, which needs it: 1 to 100 per cent")
    if (policy.show_solution == "after-attempts") != bool(policy.solution_after):
        message = "is for show_solution = after-attempts, which needs it: 1 or more"
        raise misfit("solution_after", message)


def misfit(field: str, message: str) -> PydanticCustomError:
    """Return the error of a field that does not fit the others."""
    return PydanticCustomError("misfit", message, {"at": (field,)})
