"""Define what panels are told when something can't be shown or done."""


class PanelError(Exception):
    """Tell a student, in these words, why a panel can't show or do something."""

    code = "failed"


class PanelRefused(PanelError):
    """Refuse a request that can't be right: an unknown name, an argument that is none."""

    code = "refused"


class PanelUnavailable(PanelError):
    """Say that the machine, or what is asked in it, does not answer now."""

    code = "unavailable"


class TooMuchSaid(PanelUnavailable):
    """Say that a machine answers with more than is read."""
