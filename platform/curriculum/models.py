"""Courses, lessons and exercises as loaded from files. Rows are found again by slug, so students' progress survives."""

from django.db import models


class Course(models.Model):
    """A folder under lessons/ with a course.toml."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    archived = models.BooleanField(default=False, help_text="Its folder is gone; kept for its students' progress.")

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """One lesson.md. `machines` is a list of {"name", "kind"}; `blocks` is the rendered body, in reading order:
    {"type": "html", "html": str} | {"type": "exercise", "slug": str}."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField()
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    machines = models.JSONField(default=list)
    source = models.TextField(help_text="The Markdown below the front matter.")
    blocks = models.JSONField(default=list)
    version = models.CharField(max_length=64, help_text="SHA-256 of the lesson's files.")
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["course", "position", "slug"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="lesson_slug_unique_in_course")]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """`course/lesson`, the name under which sandboxes know it. Select the course with the lesson."""
        return f"{self.course.slug}/{self.slug}"


class Exercise(models.Model):
    """One folder under exercises/. `definition` is a curriculum.schema.ExerciseSpec as JSON."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="exercises")
    slug = models.SlugField()
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    machine = models.CharField(max_length=64, help_text="The lesson's machine that the work is done in.")
    points = models.PositiveIntegerField()
    body_html = models.TextField(blank=True)
    definition = models.JSONField()
    version = models.CharField(max_length=64)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["lesson", "position", "slug"]
        constraints = [models.UniqueConstraint(fields=["lesson", "slug"], name="exercise_slug_unique_in_lesson")]

    def __str__(self) -> str:
        return self.title
