"""The same course and people as for the learner's pages."""

from tests.learn.conftest import course, lesson, make_user, student

__all__ = ["course", "lesson", "make_user", "student"]
