"""Write the import map: which file a module's name stands for.

Our own modules import each other by plain paths, which the map leads to the names with hashes, so
that browsers may keep every one of them for good.
"""

import json

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static


def vendor_modules() -> dict[str, str]:
    """Return third-party modules, by the names that imports use."""
    xterm = {f"@xterm/{name}": f"vendor/{name}/lib/{name}.mjs" for name in settings.XTERM_MODULES}
    modules = xterm | settings.EDITOR_MODULES
    return {name: static(file) for name, file in modules.items()}


def own_modules() -> dict[str, str]:
    """Return addresses with a hash, by plain address.

    There are none before files were collected, and where plain names are served.
    """
    names = [name for name in getattr(staticfiles_storage, "hashed_files", {}) if is_module(name)]
    addresses = {f"{settings.STATIC_URL}{name}": static(name) for name in sorted(names)}
    return {plain: hashed for plain, hashed in addresses.items() if plain != hashed}


def is_module(name: str) -> bool:
    """Whether modules import it by its path: ours, and an editor's language another one."""
    return name.startswith(("js/", "vendor/codemirror-legacy-modes/")) and name.endswith(".js")


def import_map_json() -> str:
    """Return the map as JSON that can stand in a script element."""
    text = json.dumps({"imports": vendor_modules() | own_modules()}, separators=(",", ":"))
    return text.replace("<", "\\u003c")
