"""Describe *Files*: a machine's files as a tree, beside an editor that saves into the machine."""

from django.utils.translation import gettext_noop as _

from core.budgets import PANELS
from panels.base import Panel
from panels.files.actions import ACTIONS
from sandboxes.machine_types.base import MachineType


def opens_where_files_are(machine_type: MachineType) -> bool:
    """Whether the files of a machine are those that its terminal shows.

    In a virtual machine they are the guest's, on a disk that only the guest reads.
    """
    return not machine_type.opens_in_guest


PANEL = Panel(
    "files",
    _("Files"),
    _("Your machine's files. What you save here is there for the terminal at once."),
    "folder",
    position=30,
    fits=opens_where_files_are,
    actions=ACTIONS,
    data={
        "piece_bytes": PANELS.file_piece_bytes,
        "file_bytes": PANELS.file_bytes,
        "text_bytes": PANELS.file_text_bytes,
        "folders_at_once": PANELS.folders_at_once,
        "folder_entries": PANELS.folder_entries,
    },
)
