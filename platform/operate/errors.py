"""What can go wrong while the platform is set up. The commands print the text and leave with code 1."""


class OperateError(Exception):
    """Something an operator has to read; the message says what to do."""


class EngineSetupError(OperateError):
    """The Docker engine could not be set up or does not answer."""


class ImageError(OperateError):
    """A base or machine image, or a tool that goes into machines, could not be made."""


class ProgramError(OperateError):
    """A supervised program did not start or does not answer."""
