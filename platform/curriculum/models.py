"""Store courses, lessons and exercises, from files or from the admin.

Rows are found again by slug, so progress survives. Files are kept as they were written, so that
they can be written back byte for byte. `origin` is what the folder of lessons said when it was last
read: as long as it equals `state`, nobody has edited the row in the admin since.
"""

import hashlib
from collections.abc import Mapping

from django.db import models

from sandboxes.machine_types.images import BUILD_PREFIX, IMAGE_PREFIX


def course_state(source: bytes, files: Mapping[str, str]) -> str:
    """Return a hash of what a course's file says, and those beside it."""
    if not source:
        return ""
    digest = hashlib.sha256(source)
    for name in sorted(files):
        digest.update(f"\0{name}\0{files[name]}".encode())
    return digest.hexdigest()


def lesson_state(folder: str, version: str) -> str:
    """Return a hash of what a lesson's folder says, its number included."""
    return f"{folder}:{version}"


class Course(models.Model):
    """Store a folder under lessons/ with a course.toml.

    `files` are the texts beside that, by name; `glossary` and `illustration` are what they say
    (loader.course_parts).
    """

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    archived = models.BooleanField(
        default=False, help_text="Its folder is gone; kept for its students' progress."
    )
    removed = models.BooleanField(
        default=False, help_text="Taken away in the admin: its file does not bring it back."
    )
    source = models.BinaryField(default=bytes, help_text="course.toml.")
    files = models.JSONField(default=dict, blank=True)
    glossary = models.JSONField(default=list, blank=True)
    illustration = models.TextField(blank=True)
    origin = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        """Return what is held against `origin`."""
        return course_state(bytes(self.source), self.files)

    @property
    def edited(self) -> bool:
        """Whether the admin has changed it since its file was last read."""
        return self.origin != self.state


class Lesson(models.Model):
    """Store one lesson.md.

    `machines` are schema.specs.LessonMachine as JSON; `prerequisites` names of lessons, as the file
    has them (schema.prerequisites); `blocks` is the rendered body, in order:
    {"type": "html", "html": str} | {"type": "exercise", "slug": str}.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField()
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    machines = models.JSONField(default=list)
    prerequisites = models.JSONField(default=list, blank=True)
    source = models.TextField(help_text="The Markdown below the front matter.")
    blocks = models.JSONField(default=list)
    illustration = models.TextField(blank=True, help_text="Clean SVG.")
    # All that it says, exercises' tasks too, as plain text with its case folded.
    search_text = models.TextField(blank=True, default="", editable=False)
    version = models.CharField(max_length=64, help_text="SHA-256 of the lesson's files.")
    archived = models.BooleanField(default=False)
    removed = models.BooleanField(
        default=False, help_text="Taken away in the admin: its folder does not bring it back."
    )
    draft = models.BooleanField(default=False, help_text="Only those who teach see it.")
    folder = models.CharField(
        max_length=100, blank=True, help_text="The name of its folder, as in 01-first-steps."
    )
    origin = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["course", "position", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="lesson_slug_unique_in_course")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """Return `course/lesson`, the name under which sandboxes know it.

        Select the course with the lesson.
        """
        return f"{self.course.slug}/{self.slug}"

    @property
    def requested_machines(self) -> list[dict[str, str]]:
        """Return its machines as sandboxes know them: {"name", "kind"}.

        Select the course with the lesson.
        """
        return [
            {"name": machine["name"], "kind": self._machine_kind(machine)}
            for machine in self.machines
        ]

    def _machine_kind(self, machine: dict[str, str]) -> str:
        if "image" in machine:
            return f"{IMAGE_PREFIX}{machine['image']}"
        return machine.get("kind") or f"{BUILD_PREFIX}{self.key}/{machine['name']}"

    @property
    def state(self) -> str:
        """Return what is held against `origin`."""
        return lesson_state(self.folder, self.version)

    @property
    def edited(self) -> bool:
        """Whether the admin has changed it since its folder was last read.

        Rows of version 0.1 have no folder.
        """
        return bool(self.folder) and self.origin != self.state


class LessonFile(models.Model):
    """Store one file of a lesson's folder.

    `path` is seen from there, as in exercises/who-is/exercise.md.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=400)
    content = models.BinaryField()

    class Meta:
        ordering = ["lesson", "path"]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "path"], name="lesson_file_path_unique")
        ]

    def __str__(self) -> str:
        return self.path


class Exercise(models.Model):
    """Store one folder under exercises/.

    `definition` is a schema.specs.ExerciseSpec as JSON, without its scripts. A quiz has questions
    in it, and no machine. Where it has parameters, placeholders stand in `definition`, `setup` and
    `body_html` (schema.placeholders).
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="exercises")
    slug = models.SlugField()
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    machine = models.CharField(
        max_length=64, help_text="The lesson's machine that the work is done in."
    )
    points = models.PositiveIntegerField()
    body_html = models.TextField(blank=True)
    definition = models.JSONField()
    setup = models.TextField(
        blank=True, help_text="What prepares the machine before a student begins."
    )
    version = models.CharField(max_length=64)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["lesson", "position", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "slug"], name="exercise_slug_unique_in_lesson"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """Return `course/lesson/exercise`. Select lesson and course with it."""
        return f"{self.lesson.key}/{self.slug}"
