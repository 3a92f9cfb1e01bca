"""Say which folders hold static files: our own, and those of npm packages that pages use."""

from pathlib import Path

# The packages of xterm.js that pages import (core/static/import_map.py).
XTERM_ADDONS = ("clipboard", "fit", "search", "unicode-graphemes", "web-links", "webgl")
XTERM_MODULES = ("xterm", *(f"addon-{name}" for name in XTERM_ADDONS))

# The typefaces of static/css/fonts.css.
FONTS = ("atkinson-hyperlegible-next", "jetbrains-mono")


def package_folders(node_modules: Path) -> dict[str, Path]:
    """Return folders of npm packages that are served, by where below /static/ each stands."""
    scripts = {
        f"vendor/{name}/{part}": node_modules / "@xterm" / name / part
        for name in XTERM_MODULES
        for part in ("lib", "css")
    }
    fonts = {
        f"vendor/fonts/{name}": node_modules / "@fontsource-variable" / name / "files"
        for name in FONTS
    }
    return scripts | fonts


def static_folders(base: Path, node_modules: Path) -> list[Path | tuple[str, Path]]:
    """Return STATICFILES_DIRS. What has not been installed is left out."""
    packages = package_folders(node_modules)
    return [
        base / "static",
        *[(prefix, folder) for prefix, folder in packages.items() if folder.is_dir()],
    ]
