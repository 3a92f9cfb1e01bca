"""django.contrib.staticfiles, less what no browser asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """In place of `django.contrib.staticfiles`. Source maps alone are most of the bytes, and slow to compress."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.js.map", "*.mjs.map", "*.d.ts"]
