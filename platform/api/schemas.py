"""Describe what the API takes and answers, for /api/docs.

What fills the answers is built in sandboxes/queries.py, grading/submissions/payload.py,
grading/progress/queries.py and api/payloads.py; fields that those add are passed on.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from core.specs.error_messages import shape
from core.specs.kinds import KindNames
from questions.registry import QUESTION_KINDS

# Sent as it was built: events send the same text, and an answer that is kept for a key must not
# change.
Timestamp = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class SandboxRequest(Schema):
    """Request a sandbox for a lesson."""

    # Databases refuse some characters that JSON can carry, NUL and half surrogates among them.
    lesson: str = Field(
        description="course/lesson",
        pattern=shape(r"^[ -~]*$", "must be course/lesson, in plain letters, digits and hyphens"),
        max_length=200,
        examples=["vms-and-containers/your-first-container"],
    )


# docs/api.md says what each kind of question accepts; questions/answers.py checks it.
QuestionAnswer = str | float | list[str] | dict[str, str | float | None] | None
ANSWER_FORMATS = "; ".join(
    f"{model.answer_format} ({kind})" for kind, model in QUESTION_KINDS.models().items()
)


class SubmissionRequest(Schema):
    """Submit answers beside the machine."""

    answers: dict[str, QuestionAnswer] | None = Field(
        default=None,
        description="To the exercise's questions, by their ids. By kind: "
        f"{ANSWER_FORMATS}. What is left out is not answered.",
        examples=[{"whose-kernel": "0a1b2c3d"}],
    )


class PredictionRequest(Schema):
    """Commit to a prediction."""

    prediction: str = Field(
        description="Its id in the exercise.",
        pattern=shape(r"^[a-z0-9-]*$", "must be small letters, digits and hyphens"),
        max_length=50,
        examples=["memory"],
    )
    value: Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=100)] = (
        Field(
            description="A number in the prediction's unit, or a text with a unit.",
            examples=["120 MiB"],
        )
    )


class ApiSchema(BaseModel):
    """Base of answers and of their parts."""

    model_config = ConfigDict(extra="allow")


class ErrorDetail(ApiSchema):
    code: str = Field(description="For programs.")
    message: str = Field(description="For people.")


class ErrorBody(ApiSchema):
    """Explain an error; all errors have this shape."""

    error: ErrorDetail


class LessonSummary(ApiSchema):
    slug: str
    title: str
    summary: str
    minutes: int
    exercises: int = Field(description="How many there are.")
    points: int = Field(description="Points that can be earned.")


class CourseSummary(ApiSchema):
    slug: str
    title: str
    summary: str
    lessons: list[LessonSummary]


class Courses(ApiSchema):
    courses: list[CourseSummary]


class LessonMachine(ApiSchema):
    name: str
    kind: str


class Block(ApiSchema):
    """Hold a piece of text as `html`, or the place of the exercise `slug`."""

    type: str
    html: str = ""
    slug: str = ""


class Option(ApiSchema):
    key: str = Field(description="Stands for it in answers.")
    html: str = ""
    text: str = Field(default="", description="In `choices`, instead of HTML.")


class Question(ApiSchema):
    """Ask something; its kind decides what there is to choose from.

    The order is this user's own.
    """

    id: str
    kind: Annotated[str, KindNames(QUESTION_KINDS)]
    points: int
    text: str = Field(description="HTML.")
    options: list[Option] = []
    items: list[Option] = Field(default=[], description="To be put in order.")
    lefts: list[Option] = Field(default=[], description="Each to be given one of `choices`.")
    choices: list[Option] = []
    unit: str = Field(default="", description="The one to begin with; empty for a bare number.")
    units: list[str] = Field(default=[], description="All that an answer may be in.")


class PredictionQuestion(ApiSchema):
    """Ask for a number to commit to before checking."""

    id: str
    label: str
    unit: str
    min: float | None
    max: float | None


class HintRequest(Schema):
    """Open a hint."""

    number: int = Field(ge=1, le=100, description="Counted from 1.", examples=[1])


class Hint(ApiSchema):
    number: int = Field(description="Counted from 1.")
    cost: int = Field(description="Points that later submissions lose for it.")
    opened: bool
    html: str = Field(description="Empty while it is closed.")


class Hints(ApiSchema):
    hints: list[Hint] = Field(description="All of the exercise's.")


class Solution(ApiSchema):
    html: str


class AutoCheck(ApiSchema):
    queued: bool
    reason: str = Field(description="Why it was not queued, for people.")
    retry_after: int = Field(
        description="Seconds until it makes sense to ask again; 0: it never does."
    )


class Terms(ApiSchema):
    attempts: int = Field(description="The most that are graded; 0: no bound.")
    score: Literal["best", "last"] = Field(description="Which attempt's score counts.")
    due: Timestamp | None
    late: Literal["accept", "refuse", "reduce"]
    late_percent: int
    show_solution: Literal["never", "after-pass", "after-attempts"]
    solution_after: int
    live: bool = Field(description="It is checked without being submitted, too.")
    trial: bool = Field(description="You teach: your attempts count nowhere and are not bounded.")


class Exercise(ApiSchema):
    number: int
    slug: str
    title: str
    points: int
    machine: str = Field(description="Empty for a quiz.")
    body_html: str
    hints: list[Hint]
    questions: list[Question] = Field(default=[], description="Of a quiz.")
    terms: Terms
    predictions: list[PredictionQuestion]
    prepared: bool = Field(description="Whether a script prepares the machine for it.")


class Lesson(ApiSchema):
    key: str = Field(description="course/lesson")
    course: str
    slug: str
    title: str
    summary: str
    minutes: int
    machines: list[LessonMachine]
    blocks: list[Block] = Field(description="The text, in reading order.")
    exercises: list[Exercise]


class LessonProgress(ApiSchema):
    slug: str
    title: str
    exercises: int
    passed: int
    points: int
    earned: int


class CourseProgress(LessonProgress):
    lessons: list[LessonProgress]


class Progress(ApiSchema):
    courses: list[CourseProgress]


class Queue(ApiSchema):
    place: int = Field(description="1: next.")
    estimate_seconds: int
    full: bool = Field(
        description="Whether somebody else has to leave first; else it is only about turns."
    )


class Machine(ApiSchema):
    id: UUID
    name: str
    kind: str
    image: str
    accelerator: Literal["kvm", "tcg"] | None = Field(
        description="What runs its guests, if the machine has guests."
    )
    terminal: str = Field(description="Path of the terminal's websocket.")


class Sandbox(ApiSchema):
    id: UUID
    lesson: str = Field(description="course/lesson")
    state: Literal["requested", "starting", "ready", "parked", "ending", "gone", "failed"]
    reason: str = Field(description="Why it is in this state, for people.")
    queue: Queue | None = Field(description="While it waits in state `requested`.")
    notice: str = Field(description="What happened to a machine that is ready again, for people.")
    expires_at: Timestamp
    extendable: bool
    parks_at: Timestamp | None = Field(description="When it is parked unless used, if it is near.")
    home_max_bytes: int = Field(description="The most that is kept of the home folder.")
    accelerator: Literal["kvm", "tcg"] | None = Field(
        description="What runs the guests of the first machine that has guests."
    )
    unprepared: list[str] = Field(
        description="Slugs of the exercises that the machines could not be prepared for."
    )
    machines: list[Machine]


class MachineEvent(ApiSchema):
    """Describe what a machine's Docker engine, or the machine itself, has done."""

    kind: str
    at: Timestamp
    nested: bool = Field(description="Whether it is the machine's own engine that says so.")
    subject: str
    image: str
    exit_code: int | None
    count: int = Field(description="Of kind `more`: how many were left out.")


class MachineEventMessage(ApiSchema):
    machine: UUID
    name: str
    lesson: str = Field(description="course/lesson")
    event: MachineEvent


class Activity(ApiSchema):
    events: list[MachineEventMessage] = Field(description="The oldest first.")


class CheckResult(ApiSchema):
    """Describe the result of a check, as stored when the submission was graded."""

    check: str
    passed: bool
    points: int = 0
    earned: int = 0
    expected: str = ""
    found: str = ""
    message: str = Field(default="", description="What to do about it; empty when passed.")
    read: str = Field(default="", description="What to read about it.")
    waits_for: list[str] = Field(
        default=[], description="Checks that must pass before this one is evaluated."
    )
    hidden: bool = Field(
        default=False, description="Whether what was expected and found is left out."
    )


class ClassNumbers(ApiSchema):
    """Describe how all students' numbers are spread, in the prediction's unit."""

    students: int = Field(description="Who have predicted.")
    least: int = Field(description="How many it takes before others' numbers are shown.")
    log: bool = Field(description="Each edge is a multiple of the one before.")
    edges: list[float]
    predicted: list[int] | None = Field(
        description="How many between each two edges; null while they are too few."
    )
    measured: list[int] | None


class Prediction(PredictionQuestion):
    """Compare a prediction with the measurement; numbers are in `unit`, or null."""

    value: float | None = Field(description="What you have committed to.")
    measured: float | None = Field(
        description="What you have measured, once that has passed its check."
    )
    reference: float | None = Field(description="What the platform has measured of the same.")
    made_at: Timestamp | None
    class_: ClassNumbers | None = Field(
        default=None, alias="class", description="The class's numbers, once you have measured."
    )


class Predictions(ApiSchema):
    predictions: list[Prediction]


class Override(ApiSchema):
    """Say why an instructor has set the score."""

    reason: str


class OptionMark(ApiSchema):
    right: bool
    explanation: str = Field(description="HTML.")


class AnswerFeedback(ApiSchema):
    """Explain an answer; the key itself only when you may see it."""

    passed: bool
    earned: int
    message: str = Field(description="After a wrong answer. HTML.")
    explanation: str = Field(description="Once it is passed, or the solution may be seen. HTML.")
    read: str
    marks: dict[str, OptionMark] = Field(
        description="By key: of what was chosen; of every option once it is passed."
    )
    solution: list[str] = Field(description="Lines of HTML; empty until you may see it.")


class Submission(ApiSchema):
    id: UUID
    exercise: str = Field(description="course/lesson/exercise")
    number: int = Field(description="Counts this user's attempts at the exercise.")
    state: Literal["queued", "collecting", "graded", "not_graded"]
    reason: str = Field(description="Why it was not graded, for people.")
    score: int
    points: int
    passed: bool
    trial: bool = Field(default=False, description="By somebody who teaches: it counts nowhere.")
    automatic: bool = Field(
        default=False, description="Whether the pass was noticed without being submitted."
    )
    late: bool = False
    late_percent: int = Field(default=0, description="What it loses for being late.")
    hint_cost: int = Field(default=0, description="Points that opened hints took off it.")
    queue: dict[str, int] | None = Field(description="`place`, 1 for the next, while it waits.")
    results: list[CheckResult]
    override: Override | None = Field(
        default=None, description="When an instructor has set the score."
    )
    answers: dict[str, Any] = Field(
        default={}, description="To the exercise's questions, as they were submitted."
    )
    feedback: dict[str, AnswerFeedback] = Field(
        default={}, description="By question, once it is graded."
    )
