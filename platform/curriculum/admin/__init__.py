"""Register the models of curriculum in the Django admin."""

from curriculum.admin.models import CourseAdmin, ExerciseAdmin, LessonAdmin

__all__ = ["CourseAdmin", "ExerciseAdmin", "LessonAdmin"]
