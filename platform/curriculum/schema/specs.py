"""Courses, lessons and exercises as frozen typed objects, whether they come from files or from a form.

A slug is the name of a folder (a lesson's without its number). Texts are Markdown. A validator that blames a part of
a value names it in the error's context as `at`, a path below the error's own `loc`; files.py turns it into a line.
"""

from typing import Annotated, Any, Self

from django.conf import settings
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from checks.registry import CheckSpec
from core.specs.fields import LINES, Slug
from curriculum.schema.parameters import ParameterSpec
from curriculum.schema.policy import (
    Counting,
    Deadline,
    Hint,
    Late,
    Showing,
    refuse_misfits,
)
from curriculum.schema.predictions import PredictionSpec, refuse_unmeasured
from questions.registry import Question
from sandboxes.machine_types.registry import is_known, type_names

BODY_MAX = 100_000
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Body = Annotated[str, StringConstraints(max_length=BODY_MAX), Field(json_schema_extra={"format": "markdown"})]
# What a machine runs; it ends with a newline, as files do.
Script = Annotated[str, StringConstraints(max_length=20_000), Field(json_schema_extra={"format": "code"})]
Position = Annotated[int, Field(strict=True, ge=0, le=9999)]
# Also the machine's host name, so what RFC 1123 allows for one label, and short enough for a prompt.
MachineName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=20)]
# A lesson of the same course, or course/lesson.
LessonName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?$", max_length=101)
]
# The name of an image as Docker has it (https://pkg.go.dev/github.com/distribution/reference), without a digest.
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$", max_length=150)
]


def _known_type(name: object) -> str:
    if isinstance(name, str) and is_known(name):
        return name
    *names, last = map(repr, type_names())
    raise PydanticKnownError("literal_error", {"expected": f"{', '.join(names)} or {last}"})


def _offer_types(schema: dict[str, Any]) -> None:
    schema["enum"] = type_names()


# The name of one of the platform's own machine types.
MachineTypeName = Annotated[
    str, PlainValidator(_known_type, json_schema_input_type=str), Field(json_schema_extra=_offer_types)
]

# What gets a result: a look at the machine, or a question.
Graded = CheckSpec | Question


class Spec(BaseModel):
    """Frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _refuse_twins(values: list[str], field: str) -> None:
    """Raise at the first value that has been there before."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError("twice", "{value} is there twice", {"value": value, "at": (index, field)})


def _refuse_unknown_order(checks: tuple[CheckSpec, ...]) -> None:
    """Raise at the first `after` that names no check above its own: then there is no circle either."""
    for index, check in enumerate(checks):
        above = [other.id for other in checks[:index]]
        for place, wanted in enumerate(check.after):
            if wanted not in above:
                context = {"wanted": wanted, "at": (index, "after", place)}
                raise PydanticCustomError("order", "there is no check {wanted} above this one", context)


class MachineSpec(Spec):
    """One thing that a student types into: of a kind, or made from an image that the operator allows. With neither,
    from machines/<name>/Dockerfile in the lesson's folder."""

    name: MachineName
    kind: MachineTypeName | None = None
    image: Annotated[
        ImageName | None,
        Field(description="Instead of a kind: an image that the operator allows. With neither, machines/…/Dockerfile."),
    ] = None

    @property
    def is_built(self) -> bool:
        """Whether the lesson's folder says what it is made from."""
        return self.kind is None and self.image is None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.kind and self.image:
            raise PydanticCustomError("two", "a machine has a kind or an image, not both", {"at": ("image",)})
        return self


class WrongAnswer(Spec):
    """A script that must fail the check that it names; `what` says what it gets wrong, in a word or two."""

    check: Annotated[Slug, Field(description="The check that must fail.")]
    what: Annotated[Slug, Field(description="What is wrong with it, as in link-not-copy.")]
    script: Annotated[Script, StringConstraints(min_length=1)]


class ExerciseSpec(Spec):
    """What is graded: work in one of the lesson's machines, held against `checks`, or a quiz of `questions`, or both.
    `hints` open one by one, in this order. The scripts test it and are never shown to students."""

    slug: Slug
    title: Title
    machine: Annotated[MachineName | None, Field(description="Where the work is done. A quiz needs none.")] = None
    body: Body = ""
    parameters: Annotated[
        tuple[ParameterSpec, ...],
        Field(max_length=20, description="What differs from student to student: {{ name }} stands for it."),
    ] = ()
    checks: Annotated[tuple[CheckSpec, ...], Field(max_length=50, description="What is looked at in the machine.")] = ()
    questions: Annotated[tuple[Question, ...], Field(max_length=50, description="A quiz, in this order.")] = ()
    predictions: Annotated[
        tuple[PredictionSpec, ...],
        Field(max_length=10, description="Numbers that students commit to before they may check."),
    ] = ()
    hints: Annotated[
        tuple[Hint, ...],
        Field(max_length=10, description="Opened one by one, from a nudge to the answer."),
    ] = ()
    attempts: Annotated[
        int,
        Field(strict=True, ge=0, le=100, description="The most that are graded. 0: no bound, and checks tick live."),
    ] = 0
    score: Annotated[Counting, Field(description="Which attempt's score counts.")] = "best"
    due: Annotated[
        Deadline | None, Field(description="The deadline, with its zone, as in 2027-01-31T23:59:00+01:00.")
    ] = None
    late: Annotated[Late, Field(description="What becomes of what is handed in after the deadline.")] = "accept"
    late_percent: Annotated[
        int, Field(strict=True, ge=0, le=100, description="With reduce: how many per cent of its points it loses.")
    ] = 0
    show_solution: Annotated[Showing, Field(description="When the student may read solution.sh.")] = "never"
    solution_after: Annotated[
        int, Field(strict=True, ge=0, le=100, description="With after-attempts: how many graded ones, or a pass.")
    ] = 0
    setup: Annotated[Script, Field(description="Prepares the machine before anything else. May be empty.")] = ""
    solution: Annotated[Script, Field(description="Does the task as a student would; must earn every point.")] = ""
    wrong: Annotated[
        tuple[WrongAnswer, ...],
        Field(max_length=30, description="Answers that are wrong in one way each; must fail the check they name."),
    ] = ()

    @property
    def points(self) -> int:
        """What a full solution earns."""
        return sum(one.points for one in self.graded)

    @property
    def graded(self) -> tuple[Graded, ...]:
        """All that gets a result, in the order of the results."""
        return (*self.checks, *self.questions)

    @field_validator("parameters")
    @classmethod
    def _parameter_names_differ(cls, parameters: tuple[ParameterSpec, ...]) -> tuple[ParameterSpec, ...]:
        _refuse_twins([parameter.name for parameter in parameters], "name")
        return parameters

    @field_validator("checks")
    @classmethod
    def _check_ids_differ(cls, checks: tuple[CheckSpec, ...]) -> tuple[CheckSpec, ...]:
        _refuse_twins([check.id for check in checks], "id")
        _refuse_unknown_order(checks)
        return checks

    @field_validator("questions")
    @classmethod
    def _question_ids_differ(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        _refuse_twins([question.id for question in questions], "id")
        return questions

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Something is graded, checks have a machine to look at, and a result's id tells what it is of."""
        if not self.graded:
            raise PydanticCustomError("empty", "needs at least 1, or questions instead", {"at": ("checks",)})
        if self.checks and self.machine is None:
            raise PydanticCustomError("machine", "is missing: checks look at a machine", {"at": ("machine",)})
        taken = {check.id for check in self.checks}
        for index, question in enumerate(self.questions):
            if question.id in taken:
                at = {"id": question.id, "at": ("questions", index, "id")}
                raise PydanticCustomError("twice", "{id} is a check's already", at)
        return self

    @field_validator("predictions")
    @classmethod
    def _prediction_ids_differ(cls, predictions: tuple[PredictionSpec, ...]) -> tuple[PredictionSpec, ...]:
        _refuse_twins([prediction.id for prediction in predictions], "id")
        return predictions

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        refuse_misfits(self)
        refuse_unmeasured(self.predictions, self.checks)
        return self


# Where an exercise's fields stand: these in exercise.md, a file each for the scripts, the folder's name and the text
# for two more, and everything else in exercise.toml; there, those of EXERCISE_TABLES are `[[tables]]`, a row each.
EXERCISE_TEXT_FIELDS = ("title", "machine")
TEST_FIELDS = ("solution", "wrong")
SCRIPT_FIELDS = ("setup", *TEST_FIELDS)
EXERCISE_TABLES = ("parameters", "checks", "questions", "predictions")
EXERCISE_TOML_FIELDS = tuple(
    name for name in ExerciseSpec.model_fields if name not in {"slug", "body", *EXERCISE_TEXT_FIELDS, *SCRIPT_FIELDS}
)


class LessonSpec(Spec):
    """One lesson; `minutes` is how long it takes to read and do, `exercises` stand in reading order. A `draft` is shown
    to those who teach only."""

    slug: Slug
    title: Title
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), LINES] = ""
    minutes: Annotated[int, Field(strict=True, ge=1, le=600, description="To read and do it.")]
    position: Position = 0
    draft: Annotated[bool, Field(description="Only those who teach see it.")] = False
    prerequisites: Annotated[
        tuple[LessonName, ...],
        Field(max_length=10, description="Lessons to be done before this one. None: the order says enough."),
    ] = ()
    machines: Annotated[tuple[MachineSpec, ...], Field(max_length=100)] = ()
    body: Body = ""
    exercises: tuple[ExerciseSpec, ...] = ()

    @field_validator("machines")
    @classmethod
    def _machine_names_differ(cls, machines: tuple[MachineSpec, ...]) -> tuple[MachineSpec, ...]:
        if len(machines) > settings.MACHINES_PER_SANDBOX:
            most = settings.MACHINES_PER_SANDBOX
            raise PydanticCustomError("too_many", "has more than {most}", {"most": most, "at": (most,)})
        _refuse_twins([machine.name for machine in machines], "name")
        return machines

    @model_validator(mode="after")
    def _exercises_fit(self) -> Self:
        _refuse_twins([exercise.slug for exercise in self.exercises], "slug")
        names = {machine.name for machine in self.machines}
        for index, exercise in enumerate(self.exercises):
            if exercise.machine and exercise.machine not in names:
                at = ("exercises", index, "machine")
                context = {"machine": exercise.machine, "at": at}
                raise PydanticCustomError("machine", "the lesson has no machine named {machine}", context)
        return self


class CourseSpec(Spec):
    """A course and its lessons, in reading order."""

    slug: Slug
    title: Title
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), LINES] = ""
    position: Position = 0
    lessons: tuple[LessonSpec, ...] = ()

    @field_validator("lessons")
    @classmethod
    def _lesson_slugs_differ(cls, lessons: tuple[LessonSpec, ...]) -> tuple[LessonSpec, ...]:
        _refuse_twins([lesson.slug for lesson in lessons], "slug")
        return lessons
