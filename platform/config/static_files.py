"""Say which folders hold static files: our own, and those of npm packages that pages use."""

from pathlib import Path

# The packages of xterm.js that pages import (core/static/import_map.py).
XTERM_ADDONS = ("clipboard", "fit", "search", "unicode-graphemes", "web-links", "webgl")
XTERM_MODULES = ("xterm", *(f"addon-{name}" for name in XTERM_ADDONS))

# The typefaces of static/css/fonts.css.
FONTS = ("atkinson-hyperlegible-next", "jetbrains-mono")

# CodeMirror, the editor of *Files*: its packages, and of each the modules that pages load.
EDITOR_PACKAGES = {
    **{
        f"@codemirror/{name}": ("dist/index.js",)
        for name in ("commands", "language", "merge", "search", "state", "streamparser", "view")
    },
    "@codemirror/legacy-modes": tuple(
        f"mode/{name}.js"
        for name in ("dockerfile", "javascript", "python", "shell", "simple-mode", "yaml")
    ),
    **{f"@lezer/{name}": ("dist/index.js",) for name in ("common", "highlight", "lr")},
    "@marijn/find-cluster-break": ("src/index.js",),
    "crelt": ("index.js",),
    "style-mod": ("src/style-mod.js",),
    "w3c-keyname": ("index.js",),
}


def static_folder(package: str) -> str:
    """Return where below /static/ the files of a package of the editor's stand."""
    return f"vendor/{package.removeprefix('@').replace('/', '-')}"


# By static folder, the folder in node_modules and the files (core/static/package_files.py).
PACKAGE_FILES = {
    static_folder(package): (package, files) for package, files in EDITOR_PACKAGES.items()
}


def editor_modules() -> dict[str, str]:
    """Return the editor's modules as static files, by the names that imports use."""
    return {
        module_name(package, file): f"{static_folder(package)}/{file}"
        for package, files in EDITOR_PACKAGES.items()
        for file in files
    }


def module_name(package: str, file: str) -> str:
    """Return the name of a package's module: its own, or that of one of many in a folder."""
    is_one_of_many = len(EDITOR_PACKAGES[package]) > 1
    return f"{package}/{file.removesuffix('.js')}" if is_one_of_many else package


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
