"""Register the models of grading in the Django admin."""

from grading.admin.models import PredictionAdmin, ScoreAdmin, SubmissionAdmin

__all__ = ["PredictionAdmin", "ScoreAdmin", "SubmissionAdmin"]
