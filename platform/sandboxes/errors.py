"""List what can go wrong with sandboxes and engines.

Pages and tasks turn these into answers.
"""


class SandboxError(Exception):
    """Stand for all errors of this app.

    Students read the message where a service raises it.
    """


class WrongState(SandboxError):
    """Say that the sandbox's state does not allow this; somebody may have been quicker."""


class NotItsTurn(SandboxError):
    """Say that a sandbox waits: somebody comes first, or no host has room for its machines."""


class LifetimeReached(SandboxError):
    """Say that a sandbox can't be extended any further."""


class NoHost(SandboxError):
    """Say that no host is registered."""


class EngineError(SandboxError):
    """Say that the engine refused, or did something other than it was asked."""


class EngineUnavailable(EngineError):
    """Say that the engine can't be reached just now.

    Nothing is known about its machines; try again later.
    """


class MachineMissing(EngineError):
    """Say that the engine has no such container."""


class ImageMissing(EngineError):
    """Say that the engine does not have the machine's image."""


class MachineTypeRefused(EngineError):
    """Say why a type of machine is not safe on this engine, and what an operator can do."""


class NoRoom(EngineError):
    """Say that the engine is out of address pools or disk: other machines have to go first."""


class SnapshotTooLarge(EngineError):
    """Say that a machine holds more than may be copied for a probe.

    Its student has to make room.
    """


class InsideSilent(EngineError):
    """Say that what should answer in a machine did not, or nothing sensible.

    That is its Docker engine, or the guest of a virtual machine.
    """


class AnswerTooLong(EngineError):
    """Say that a server in a machine answers with more than is read."""


class AnswerLate(EngineError):
    """Say that a server in a machine has taken a request, and does not answer in time."""
