"""What an author may say about the course of an exercise, beside its task: hints and their costs, the most attempts,
the deadline, the solution. schema.ExerciseSpec has the fields; grading/policy.py acts on them."""

from typing import Annotated, Any, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from core.specs.fields import Prose

# Which attempt counts, what becomes of what comes after the deadline, when the solution is shown.
Counting = Literal["best", "last"]
Late = Literal["accept", "refuse", "reduce"]
Showing = Literal["never", "after-pass", "after-attempts"]
Deadline = AwareDatetime


class Hint(BaseModel):
    """A nudge. Where it is written down, one that costs nothing is its text alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[Prose, Field(description="Markdown.")]
    cost: Annotated[
        int, Field(strict=True, ge=0, le=100, description="Points that later submissions lose for it. 0: it is free.")
    ] = 0

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, dict | cls):
            raise PydanticCustomError("hint", "must be a text, or a table with text and cost")
        return value

    @model_serializer
    def _written(self) -> str | dict[str, Any]:
        return {"text": self.text, "cost": self.cost} if self.cost else self.text


def hint_fields(written: str | dict[str, Any]) -> dict[str, Any]:
    """A hint as it is written down, as a form shows it."""
    return {"text": written, "cost": 0} if isinstance(written, str) else written


class Flow(Protocol):
    """The fields that have to fit each other."""

    due: Any
    late: Late
    late_percent: int
    show_solution: Showing
    solution_after: int


def refuse_misfits(flow: Flow) -> None:
    """Raise for a field that means nothing without another."""
    if flow.late != "accept" and flow.due is None:
        raise _misfit("late", "means nothing without a deadline: set due, or accept what is late")
    if (flow.late == "reduce") != bool(flow.late_percent):
        raise _misfit("late_percent", "is for late = reduce, which needs it: 1 to 100 per cent")
    if (flow.show_solution == "after-attempts") != bool(flow.solution_after):
        raise _misfit("solution_after", "is for show_solution = after-attempts, which needs it: 1 or more")


def _misfit(field: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("misfit", message, {"at": (field,)})
