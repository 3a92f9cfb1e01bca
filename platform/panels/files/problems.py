"""Say in words for a student what a machine refuses to do with its files."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panels.errors import PanelError, PanelUnavailable
from sandboxes.engine.files_protocol import FileRefused
from sandboxes.errors import InsideSilent

# By the program's reasons (runtime/files/main.c).
MESSAGES = {
    "missing": gettext_lazy("It is not there (any more)."),
    "no-folder": gettext_lazy("The folder for it is not there."),
    "not-folder": gettext_lazy("This is a file, not a folder."),
    "is-folder": gettext_lazy("This is a folder, not a file."),
    "special": gettext_lazy("This is a pipe, a socket or a device: it can't be shown or saved."),
    "denied": gettext_lazy("The machine does not allow this, not even to root."),
    "read-only": gettext_lazy("This part of the machine is read-only."),
    "full": gettext_lazy("The machine's disk is full. Remove something, then try again."),
    "exists": gettext_lazy("There is something of this name already."),
    "dangling": gettext_lazy("This is a link to something that is not there."),
    "loop": gettext_lazy("Links lead round in a circle here."),
    "too-long": gettext_lazy("The name is too long."),
    "too-large": gettext_lazy("This is too large."),
    "bad-name": gettext_lazy("The machine can't have this name."),
    "busy": gettext_lazy("The machine itself uses this, so that it can't be replaced or removed."),
    "other-disk": gettext_lazy("That is on another disk: use `mv` in the terminal."),
    "into-itself": gettext_lazy("A folder can't be moved into itself."),
    "later": gettext_lazy("Ask for this folder alone."),
}


class FileProblem(PanelError):
    """Say why something could not be done with a file; the code is the program's reason."""

    def __init__(self, refused: FileRefused) -> None:
        super().__init__(words_for(refused))
        self.code = refused.reason


def words_for(refused: FileRefused) -> str:
    """Return what a student reads of a refusal."""
    message = MESSAGES.get(refused.reason)
    if message is not None:
        return str(message)
    explanation = " ".join(refused.fields) or refused.reason
    return _("The machine could not do it: %(explanation)s.") % {"explanation": explanation}


@contextmanager
def problems_in_words() -> Iterator[None]:
    """Turn a machine's refusals into messages for its student."""
    try:
        yield
    except FileRefused as refused:
        raise FileProblem(refused) from refused
    except InsideSilent as error:
        message = _(
            "The machine's files do not answer. A machine that has run since before an update has "
            "to be started anew for this."
        )
        raise PanelUnavailable(message) from error
