"""Register the models of curriculum in the Django admin."""

from curriculum.admin import models  # noqa: F401  registers them
