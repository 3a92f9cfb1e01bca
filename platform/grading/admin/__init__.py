"""Register the models of grading in the Django admin."""

from grading.admin import models  # noqa: F401  registers them
