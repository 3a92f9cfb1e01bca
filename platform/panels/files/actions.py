"""Do what pages ask for with a machine's files.

A file travels in pieces, since a message is bounded: it is read from an offset on, and gathered in
the machine under a key before it is written. What a file was when it was read is its version; it is
written only over that version, so that nothing that was saved elsewhere meanwhile is lost.
"""

import base64
import binascii
import re
from typing import Any

from django.utils.translation import gettext as _

from core.budgets import PANELS
from panels.base import Action, Arguments, JsonValue
from panels.errors import PanelRefused
from panels.files.paths import parse_path, read_path, text_of
from panels.files.problems import problems_in_words, words_for
from panels.machine import ObservedMachine
from sandboxes.engine.files_protocol import ANY, Entry, FileRefused, Folder, MachineFiles

KEY = re.compile(r"[0-9a-f]{8,32}")
VERSION = re.compile(r"new|any|[0-9a-f-]{1,60}")


def files_of(machine: ObservedMachine) -> MachineFiles:
    return MachineFiles(machine.engine, machine.container_id)


def list_folders(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """List {"paths", "offset"}: {"folders": [{"path", "entries", …} or {"path", "problem", …}]}.

    One that does not fit into the answer any more has the reason "later".
    """
    texts, offset = arguments.get("paths"), read_number(arguments, "offset")
    if not isinstance(texts, list) or not 0 < len(texts) <= PANELS.folders_at_once:
        raise PanelRefused(_("These are no folders to list, or too many."))
    paths = [parse_path(text) for text in texts]
    with problems_in_words():
        folders = files_of(machine).list_folders(paths, offset=offset, limit=PANELS.folder_entries)
    pairs = zip(texts, folders, strict=True)
    return {"folders": [{"path": text, **folder_json(folder)} for text, folder in pairs]}


def folder_json(folder: Folder | FileRefused) -> dict[str, Any]:
    """Describe a folder for a page."""
    if isinstance(folder, FileRefused):
        return {"problem": words_for(folder), "reason": folder.reason}
    return {
        "total": folder.total,
        "more": folder.more,
        "entries": [entry_json(entry) for entry in folder.entries],
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": text_of(entry.name),
        "kind": entry.kind,
        "size": entry.size,
        "mode": entry.mode,
        "changed": entry.changed_at,
        "leads_to": entry.leads_to,
    }


def read_piece(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Read a piece of {"path", "offset"}: {"version", "size", "mode", "data" (base64)}."""
    path, offset = read_path(arguments), read_number(arguments, "offset")
    with problems_in_words():
        piece = files_of(machine).read_piece(path, offset=offset, size=PANELS.file_piece_bytes)
    return {
        "version": piece.version,
        "size": piece.size,
        "mode": piece.mode,
        "data": base64.b64encode(piece.content).decode(),
    }


def write_file(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Write {"path", "version", "parents"} with its "text", "data" (base64) or what was "staged".

    The version is what the file was when it was read, "new" where there must be none, or "any".
    The answer is {"saved": true, "version", "size"}; or, of a file that is another by now,
    {"saved": false, "there": its version, "" when it is gone}.
    """
    path, version = read_path(arguments), arguments.get("version", ANY)
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise PanelRefused(_("This version is none."))
    content = read_key(arguments, "staged") if "staged" in arguments else read_content(arguments)
    parents = arguments.get("parents") is True
    with problems_in_words():
        try:
            saved, size = files_of(machine).write(path, content, expects=version, parents=parents)
        except FileRefused as refused:
            if refused.reason != "conflict":
                raise
            return {"saved": False, "there": refused.fields[0] if refused.fields else ""}
    return {"saved": True, "version": saved, "size": size}


def stage_piece(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Keep the piece "data" of the file {"path", "offset"} under its "key", until it is written."""
    path, key, offset = read_path(arguments), read_key(arguments), read_number(arguments, "offset")
    content = read_content(arguments)
    if offset + len(content) > PANELS.file_bytes:
        raise PanelRefused(too_large())
    with problems_in_words():
        files_of(machine).stage(path, key, offset, content)
    return {"offset": offset + len(content)}


def discard_pieces(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Forget what was kept of the file "path" under a "key"."""
    path, key = read_path(arguments), read_key(arguments)
    with problems_in_words():
        files_of(machine).discard(path, key)
    return {}


def make_folder(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    path = read_path(arguments)
    with problems_in_words():
        files_of(machine).make_folder(path)
    return {}


def rename_file(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Rename or move "path" to "new_path"; nothing is replaced."""
    path, new_path = read_path(arguments), read_path(arguments, "new_path")
    with problems_in_words():
        files_of(machine).rename(path, new_path)
    return {}


def remove_file(machine: ObservedMachine, arguments: Arguments) -> JsonValue:
    """Remove "path". Of a folder with something in it only "whole" is removed.

    Without that the answer is {"removed": false, "inside": how many, "more": even more}.
    """
    path, whole = read_path(arguments), arguments.get("whole") is True
    with problems_in_words():
        try:
            files_of(machine).remove(path, whole=whole)
        except FileRefused as refused:
            if refused.reason != "not-empty" or whole:
                raise
            count = refused.fields[1] if len(refused.fields) > 1 else ""
            inside = int(count) if count.isdecimal() else 0
            return {"removed": False, "inside": inside, "more": "+" in refused.fields}
    return {"removed": True}


def read_number(arguments: Arguments, field: str) -> int:
    """Return a number that may be left out. Raises PanelRefused."""
    value = arguments.get(field, 0)
    if not isinstance(value, int) or not 0 <= value < 2**53:
        raise PanelRefused(_("This is no number of bytes or entries."))
    return value


def read_key(arguments: Arguments, field: str = "key") -> str:
    """Return the key of what is gathered in pieces. Raises PanelRefused."""
    value = arguments.get(field)
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise PanelRefused(_("This key is none."))
    return value


def read_content(arguments: Arguments) -> bytes:
    """Return the bytes that a page sends as "text" or as "data". Raises PanelRefused."""
    text, data = arguments.get("text"), arguments.get("data")
    try:
        if isinstance(text, str):
            content = text.encode()
        else:
            content = base64.b64decode(data if isinstance(data, str) else "-", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise PanelRefused(_("This content is none.")) from None
    if len(content) > PANELS.file_piece_bytes:
        raise PanelRefused(too_large())
    return content


def too_large() -> str:
    return _("This is more than can be brought into a machine here: %(mib)d MiB.") % {
        "mib": PANELS.file_bytes // 1024**2
    }


ACTIONS = (
    Action("files.list", list_folders),
    Action("files.read", read_piece),
    Action("files.write", write_file, changes=True),
    Action("files.stage", stage_piece, changes=True),
    Action("files.discard", discard_pieces, changes=True),
    Action("files.mkdir", make_folder, changes=True),
    Action("files.rename", rename_file, changes=True),
    Action("files.remove", remove_file, changes=True),
)
