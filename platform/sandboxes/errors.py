"""What can go wrong with sandboxes and engines. Pages and tasks turn these into answers."""


class SandboxError(Exception):
    """Anything of this app's. `str()` is fit for a student's eyes where a service raises it."""


class WrongState(SandboxError):
    """The sandbox is not in a state that allows what was asked; somebody or something else was quicker."""


class LifetimeReached(SandboxError):
    """A sandbox can't be extended any further."""


class NoHost(SandboxError):
    """No host is registered or none takes machines."""


class EngineError(SandboxError):
    """The engine refused, or did something other than it was asked."""


class EngineUnavailable(EngineError):
    """The engine can't be reached just now. Nothing is known about its machines; try again later."""


class MachineMissing(EngineError):
    """The engine has no such container."""


class ImageMissing(EngineError):
    """The engine does not have the machine's image."""


class MachineTypeRefused(EngineError):
    """This kind of machine is not safe on this engine. `str()` says why, and what an operator can do."""


class NoRoom(EngineError):
    """The engine is out of something: address pools, disk. Other machines have to go first."""


class SnapshotTooLarge(EngineError):
    """A machine holds more than may be copied for a probe. Its student has to make room."""


class InsideSilent(EngineError):
    """What should answer in a machine (its Docker engine, the guest of a virtual machine) did not, or nothing
    sensible."""
