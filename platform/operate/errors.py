"""Name what can go wrong while the platform is set up.

The commands print the text and leave with code 1.
"""


class OperateError(Exception):
    """Tell an operator what to do."""


class EngineSetupError(OperateError):
    """Report a Docker engine that could not be set up or does not answer."""


class ImageError(OperateError):
    """Report an image, or a tool that goes into machines, that could not be made."""


class ProgramError(OperateError):
    """Report a supervised program that did not start or does not answer."""
