"""Read the folder of one exercise."""

from collections.abc import Iterable
from pathlib import Path

from curriculum.errors import LessonFileError
from curriculum.loader.contents import read_contents
from curriculum.loader.files import ExerciseFiles
from curriculum.loader.script_files import script_path, scripts_in
from curriculum.loader.sources import Source, read_front_matter, read_toml
from curriculum.loader.validation import Errors, source_of, text_error, validate
from curriculum.rendering.directives import Problem
from curriculum.rendering.markdown import render_text
from curriculum.rendering.page import RenderContext
from curriculum.rendering.quiz import text_problems
from curriculum.schema.locations import field_name
from curriculum.schema.placeholders import TextFault, parameter_faults, shield, unshield
from curriculum.schema.specs import SCRIPT_FIELDS, ExerciseSpec


def read_exercise(
    folder: Path, machines: frozenset[str] | None, errors: Errors
) -> ExerciseFiles | None:
    """Read an exercise; `machines` are the lesson's, or None when they are not known."""
    sources = []
    for name, read in (("exercise.md", read_front_matter), ("exercise.toml", read_toml)):
        try:
            sources.append(read(folder / name))
        except LessonFileError as error:
            errors.append(error)
    if len(sources) < 2:
        return None
    text, table = sources
    folder_fields = {"slug": folder.name, "body": text.body, **scripts_in(read_contents(folder))}
    spec = validate(ExerciseSpec, folder_fields, (table, text), errors)
    machine = text.data.get("machine")
    if machines is not None and isinstance(machine, str) and machine not in machines:
        errors.append(text.error(("machine",), f"the lesson has no machine named {machine}"))
    context = RenderContext(
        folder,
        machines or frozenset(),
        scope=f"s-{folder.name}-",
        pictures=f"pictures/exercises/{folder.name}/",
    )
    html, problems = render_text(shield(text.body), context=context)
    errors += [text_error(text, problem) for problem in without_run(problems, machines)]
    if spec is None:
        return None
    errors += hint_errors(table, spec) + question_errors(table, spec)
    errors += [parameter_error(fault, spec, text, table) for fault in parameter_faults(spec)]
    return ExerciseFiles(spec, unshield(html), folder)


def without_run(problems: Iterable[Problem], machines: frozenset[str] | None) -> list[Problem]:
    """Leave out faults of blocks' machines when the lesson's machines could not be read."""
    return [problem for problem in problems if machines is not None or problem.field != "run"]


def hint_errors(table: Source, spec: ExerciseSpec) -> Errors:
    """Find the faults of hints, which are rendered only when a student opens them."""
    return [
        table.error(("hints", index, "text"), f"{problem.field} {problem.message}")
        for index, hint in enumerate(spec.hints)
        for problem in render_text(hint.text, context=RenderContext())[1]
    ]


def question_errors(table: Source, spec: ExerciseSpec) -> Errors:
    """Find the faults of questions' texts; one that stands in a label is a single paragraph."""
    return [
        table.error(("questions", number, *location), message)
        for number, question in enumerate(spec.questions)
        for location, text, short in question.texts()
        for message in text_problems(text, short=short)
    ]


def parameter_error(
    fault: TextFault, spec: ExerciseSpec, text: Source, table: Source
) -> LessonFileError:
    """Return a fault in the file that has the text: the exercise's own, a script or the table."""
    field = str(fault.location[0])
    if field == "body":
        return text_error(text, Problem(fault.line, "placeholder", fault.message))
    if field in SCRIPT_FIELDS:
        file = text.path.parent / script_path(spec, fault.location)
        return LessonFileError(file, fault.line + 1, field_name(fault.location), fault.message)
    return source_of(fault.location, (table, text)).error(fault.location, fault.message)
