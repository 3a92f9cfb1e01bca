"""Hold courses, lessons and exercises as they were read from their folders."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from curriculum.loader.contents import Contents, hash_contents
from curriculum.loader.course_parts import CourseParts
from curriculum.models import course_state, lesson_state
from curriculum.rendering.markdown import Block
from curriculum.rendering.plain_text import plain_text, task_text
from curriculum.schema.prerequisites import full_keys
from curriculum.schema.specs import SCRIPT_FIELDS, CourseSpec, ExerciseSpec, LessonSpec


@dataclass(frozen=True)
class ExerciseFiles:
    """Hold an exercise, its text as HTML, and its folder."""

    spec: ExerciseSpec
    body_html: str
    folder: Path

    @property
    def version(self) -> str:
        """Return the SHA-256, in hex, of everything that grading depends on.

        The scripts that test the exercise are not part of that. Nor are fields with their default
        values, so a field that a new release adds makes no new version.
        """
        graded = self.spec.model_dump(
            mode="json", exclude=set(SCRIPT_FIELDS), exclude_defaults=True
        )
        return hashlib.sha256(json.dumps(graded, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class LessonFiles:
    """Hold a lesson, its exercises in the order of its text, and its rendered body."""

    spec: LessonSpec
    exercises: tuple[ExerciseFiles, ...]
    blocks: tuple[Block, ...]
    contents: Contents
    folder: Path
    illustration: str = ""

    @property
    def key(self) -> str:
        """Return `course/lesson`."""
        return f"{self.folder.parent.name}/{self.spec.slug}"

    @property
    def prerequisite_keys(self) -> tuple[str, ...]:
        """Return the keys of the lessons that should be done before this one."""
        return full_keys(self.folder.parent.name, self.spec.prerequisites)

    @property
    def search_text(self) -> str:
        """Return all that the lesson says as plain text with its case folded."""
        tasks = {exercise.spec.slug: exercise for exercise in self.exercises}
        parts = [self.spec.title, self.spec.summary]
        for block in self.blocks:
            if block["type"] == "html":
                parts.append(plain_text(block["html"]))
            elif task := tasks.get(block["slug"]):
                parts += [task.spec.title, task_text(task.body_html)]
        return "\n".join(parts).casefold()

    @property
    def version(self) -> str:
        """Return the SHA-256 of the lesson's files."""
        return hash_contents(self.contents)

    @property
    def state(self) -> str:
        """Return what a row that is read from here has as its `state`."""
        return lesson_state(self.folder.name, self.version)


@dataclass(frozen=True)
class CourseFiles:
    """Hold a course and its lessons, in order; `parts` stand beside its `source`, course.toml."""

    spec: CourseSpec
    lessons: tuple[LessonFiles, ...]
    folder: Path
    source: bytes
    parts: CourseParts

    @property
    def state(self) -> str:
        """Return what a row that is read from here has as its `state`."""
        return course_state(self.source, self.parts.files)
