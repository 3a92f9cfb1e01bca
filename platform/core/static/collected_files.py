"""Collect static files as django.contrib.staticfiles does, less what no browser asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Replace `django.contrib.staticfiles`, and leave source maps and types out.

    Source maps alone are most of the bytes, and slow to compress. Of typefaces, pages use the Latin
    letters (static/css/fonts.css).
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.js.map",
        "*.mjs.map",
        "*.d.ts",
        *(f"*-{script}-*.woff2" for script in ("cyrillic", "greek", "vietnamese")),
    ]
