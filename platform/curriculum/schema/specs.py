"""Define courses, lessons and exercises, whether they come from files or from a form.

A slug is the name of a folder (a lesson's without its number). Texts are Markdown. A validator that
blames a part of a value names it in the error's context as `at`, a path below the error's own
`loc`; schema.error_messages puts the two together.
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
from curriculum.schema.names import ImageName, LessonName, MachineName
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
Body = Annotated[
    str, StringConstraints(max_length=BODY_MAX), Field(json_schema_extra={"format": "markdown"})
]
# What a machine runs; it ends with a newline, as files do.
Script = Annotated[
    str, StringConstraints(max_length=20_000), Field(json_schema_extra={"format": "code"})
]
Position = Annotated[int, Field(strict=True, ge=0, le=9999)]


def known_type(name: object) -> str:
    """Return the name of a machine type that there is. Raises PydanticKnownError."""
    if isinstance(name, str) and is_known(name):
        return name
    *names, last = map(repr, type_names())
    raise PydanticKnownError("literal_error", {"expected": f"{', '.join(names)} or {last}"})


def offer_types(schema: dict[str, Any]) -> None:
    """Add the machine types to a field's JSON schema, for forms."""
    schema["enum"] = type_names()


# The name of one of the platform's own machine types.
MachineTypeName = Annotated[
    str,
    PlainValidator(known_type, json_schema_input_type=str),
    Field(json_schema_extra=offer_types),
]

# Everything that gets a result.
Graded = CheckSpec | Question


class Spec(BaseModel):
    """Freeze the values, and refuse unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def refuse_repeated(values: list[str], field: str) -> None:
    """Raise PydanticCustomError at the first value that has been there before."""
    for index, value in enumerate(values):
        if value in values[:index]:
            context = {"value": value, "at": (index, field)}
            raise PydanticCustomError("twice", "{value} is there twice", context)


def refuse_unknown_order(checks: tuple[CheckSpec, ...]) -> None:
    """Raise PydanticCustomError at the first `after` that names no check above its own.

    Without such a name there is no circle either.
    """
    for index, check in enumerate(checks):
        above = [other.id for other in checks[:index]]
        for place, check_id in enumerate(check.after):
            if check_id not in above:
                message = "there is no check {check_id} above this one"
                context = {"check_id": check_id, "at": (index, "after", place)}
                raise PydanticCustomError("order", message, context)


class LessonMachine(Spec):
    """Define a machine of a lesson: of a kind, or made from an image that the operator allows.

    With neither, it is made from machines/<name>/Dockerfile in the lesson's folder.
    """

    name: MachineName
    kind: MachineTypeName | None = None
    image: Annotated[
        ImageName | None,
        Field(description="An allowed image, instead of a kind. Neither: machines/…/Dockerfile."),
    ] = None

    @property
    def is_built(self) -> bool:
        """Whether the lesson's folder says what it is made from."""
        return self.kind is None and self.image is None

    @model_validator(mode="after")
    def has_kind_or_image(self) -> Self:
        """Refuse a kind and an image side by side."""
        if self.kind and self.image:
            message = "a machine has a kind or an image, not both"
            raise PydanticCustomError("two", message, {"at": ("image",)})
        return self


class WrongAnswer(Spec):
    """Test an exercise by a script that must fail the check that it names.

    `what` says what it gets wrong, in a word or two.
    """

    check: Annotated[Slug, Field(description="The check that must fail.")]
    what: Annotated[Slug, Field(description="What is wrong with it, as in link-not-copy.")]
    script: Annotated[Script, StringConstraints(min_length=1)]


class ExerciseSpec(Spec):
    """Define what is graded: work in a machine of the lesson, a quiz, or both.

    The work is held against `checks`, the quiz consists of `questions`. `hints` open one by one, in
    this order. The scripts test the exercise and are never shown to students.
    """

    slug: Slug
    title: Title
    machine: Annotated[
        MachineName | None, Field(description="Where the work is done. A quiz needs none.")
    ] = None
    body: Body = ""
    parameters: Annotated[
        tuple[ParameterSpec, ...],
        Field(
            max_length=20,
            description="What differs from student to student: {{ name }} stands for it.",
        ),
    ] = ()
    checks: Annotated[
        tuple[CheckSpec, ...],
        Field(max_length=50, description="What is checked in the machine."),
    ] = ()
    questions: Annotated[
        tuple[Question, ...], Field(max_length=50, description="A quiz, in this order.")
    ] = ()
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
        Field(
            strict=True,
            ge=0,
            le=100,
            description="The most that are graded. 0: no bound, and checks tick live.",
        ),
    ] = 0
    score: Annotated[Counting, Field(description="Which attempt's score counts.")] = "best"
    due: Annotated[
        Deadline | None,
        Field(description="The deadline."),
    ] = None
    late: Annotated[
        Late, Field(description="What happens to work that is handed in after the deadline.")
    ] = "accept"
    late_percent: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=100,
            description="With reduce: how many per cent of its points it loses.",
        ),
    ] = 0
    show_solution: Annotated[
        Showing, Field(description="When the student may read solution.sh.")
    ] = "never"
    solution_after: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=100,
            description="With after-attempts: how many graded ones, or a pass.",
        ),
    ] = 0
    setup: Annotated[
        Script, Field(description="Prepares the machine before anything else. May be empty.")
    ] = ""
    solution: Annotated[
        Script, Field(description="Does the task as a student would; must earn every point.")
    ] = ""
    wrong: Annotated[
        tuple[WrongAnswer, ...],
        Field(
            max_length=30,
            description="Answers that are wrong in one way each; must fail the check they name.",
        ),
    ] = ()

    @property
    def points(self) -> int:
        """Return what a full solution earns."""
        return sum(item.points for item in self.graded)

    @property
    def graded(self) -> tuple[Graded, ...]:
        """Return all that gets a result, in the order of the results."""
        return (*self.checks, *self.questions)

    @field_validator("parameters")
    @classmethod
    def parameter_names_differ(
        cls, parameters: tuple[ParameterSpec, ...]
    ) -> tuple[ParameterSpec, ...]:
        """Refuse a name that is there twice."""
        refuse_repeated([parameter.name for parameter in parameters], "name")
        return parameters

    @field_validator("checks")
    @classmethod
    def check_ids_differ(cls, checks: tuple[CheckSpec, ...]) -> tuple[CheckSpec, ...]:
        """Refuse an id that is there twice, and an unknown one in `after`."""
        refuse_repeated([check.id for check in checks], "id")
        refuse_unknown_order(checks)
        return checks

    @field_validator("questions")
    @classmethod
    def question_ids_differ(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        """Refuse an id that is there twice."""
        refuse_repeated([question.id for question in questions], "id")
        return questions

    @model_validator(mode="after")
    def is_complete(self) -> Self:
        """Refuse an exercise without anything to grade, or with two results of the same id."""
        if not self.graded:
            message = "needs at least 1, or questions instead"
            raise PydanticCustomError("empty", message, {"at": ("checks",)})
        if self.checks and self.machine is None:
            message = "is missing: checks look at a machine"
            raise PydanticCustomError("machine", message, {"at": ("machine",)})
        check_ids = {check.id for check in self.checks}
        for index, question in enumerate(self.questions):
            if question.id in check_ids:
                context = {"id": question.id, "at": ("questions", index, "id")}
                raise PydanticCustomError("twice", "{id} is a check's already", context)
        return self

    @field_validator("predictions")
    @classmethod
    def prediction_ids_differ(
        cls, predictions: tuple[PredictionSpec, ...]
    ) -> tuple[PredictionSpec, ...]:
        """Refuse an id that is there twice."""
        refuse_repeated([prediction.id for prediction in predictions], "id")
        return predictions

    @model_validator(mode="after")
    def parts_fit(self) -> Self:
        """Refuse a policy that does not fit together, and a prediction that nothing measures."""
        refuse_misfits(self)
        refuse_unmeasured(self.predictions, self.checks)
        return self


# Where an exercise's fields stand: these in exercise.md, a file each for the scripts, the folder's
# name and the text for two more, and everything else in exercise.toml; there, those of
# EXERCISE_TABLES are `[[tables]]`, a row each.
EXERCISE_TEXT_FIELDS = ("title", "machine")
TEST_FIELDS = ("solution", "wrong")
SCRIPT_FIELDS = ("setup", *TEST_FIELDS)
EXERCISE_TABLES = ("parameters", "checks", "questions", "predictions")
EXERCISE_TOML_FIELDS = tuple(
    name
    for name in ExerciseSpec.model_fields
    if name not in {"slug", "body", *EXERCISE_TEXT_FIELDS, *SCRIPT_FIELDS}
)


class LessonSpec(Spec):
    """Define a lesson.

    `minutes` is how long it takes to read and do, `exercises` stand in reading order. A `draft` is
    shown to those who teach only.
    """

    slug: Slug
    title: Title
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), LINES] = ""
    minutes: Annotated[int, Field(strict=True, ge=1, le=600, description="To read and do it.")]
    position: Position = 0
    draft: Annotated[bool, Field(description="Only those who teach see it.")] = False
    prerequisites: Annotated[
        tuple[LessonName, ...],
        Field(
            max_length=10,
            description="Lessons to be done before this one. None: the order says enough.",
        ),
    ] = ()
    machines: Annotated[tuple[LessonMachine, ...], Field(max_length=100)] = ()
    body: Body = ""
    exercises: tuple[ExerciseSpec, ...] = ()

    @field_validator("machines")
    @classmethod
    def machine_names_differ(cls, machines: tuple[LessonMachine, ...]) -> tuple[LessonMachine, ...]:
        """Refuse more machines than a sandbox has, and a name that is there twice."""
        limit = settings.MACHINES_PER_SANDBOX
        if len(machines) > limit:
            context = {"limit": limit, "at": (limit,)}
            raise PydanticCustomError("too_many", "has more than {limit}", context)
        refuse_repeated([machine.name for machine in machines], "name")
        return machines

    @model_validator(mode="after")
    def exercises_fit(self) -> Self:
        """Refuse a slug that is there twice, and a machine that the lesson does not have."""
        refuse_repeated([exercise.slug for exercise in self.exercises], "slug")
        names = {machine.name for machine in self.machines}
        for index, exercise in enumerate(self.exercises):
            if exercise.machine and exercise.machine not in names:
                location = ("exercises", index, "machine")
                context = {"machine": exercise.machine, "at": location}
                message = "the lesson has no machine named {machine}"
                raise PydanticCustomError("machine", message, context)
        return self


class CourseSpec(Spec):
    """Define a course and its lessons, in reading order."""

    slug: Slug
    title: Title
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), LINES] = ""
    position: Position = 0
    lessons: tuple[LessonSpec, ...] = ()

    @field_validator("lessons")
    @classmethod
    def lesson_slugs_differ(cls, lessons: tuple[LessonSpec, ...]) -> tuple[LessonSpec, ...]:
        """Refuse a slug that is there twice."""
        refuse_repeated([lesson.slug for lesson in lessons], "slug")
        return lessons
