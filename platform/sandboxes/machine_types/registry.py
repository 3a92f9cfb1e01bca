"""Find the types of machines."""

import functools
import importlib
import pkgutil
from pathlib import Path

from django.conf import settings

from sandboxes import machine_types as package
from sandboxes.engine.linux.shared_limits import SYSCTL, SharedLimit, shared_limits
from sandboxes.machine_types.base import MachineType

# An instructor's own image makes a machine of this type, and so does a lesson that is new.
DEFAULT_TYPE = "linux"


@functools.cache
def _registered() -> dict[str, MachineType]:
    """Read this package's modules, once, and return their types by name."""
    names = (
        f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)
    )
    types = (getattr(importlib.import_module(name), "MACHINE_TYPE", None) for name in names)
    return {each.name: each for each in types if each is not None}


def register(machine_type: MachineType) -> None:
    """Add a type, or put it in the place of one of the same name."""
    _registered()[machine_type.name] = machine_type


def unregister(name: str) -> None:
    """Take a type away again."""
    _registered().pop(name, None)


def machine_types() -> list[MachineType]:
    """Return all types, in the order in which people read them."""
    return sorted(_registered().values(), key=lambda each: (each.position, each.name))


def machine_type(name: str) -> MachineType:
    """Return the type of a machine. An unknown one, an instructor's own image, is plain Linux."""
    return _registered().get(name) or _registered()[DEFAULT_TYPE]


def type_names() -> list[str]:
    """Return the names of all types, in the order in which people read them."""
    return [each.name for each in machine_types()]


def is_known(name: str) -> bool:
    """Whether a machine's type is the platform's own, and not an instructor's image."""
    return name in _registered()


def limits_of_the_host(sysctl: Path = SYSCTL) -> list[SharedLimit]:
    """Return what all machines that may exist could use up of what their host's kernel allows.

    Each is counted as a machine of the type that may use most. Raises OSError where that can't be
    seen.
    """
    limits = [each.limits for each in machine_types()]
    return shared_limits(
        settings.MACHINES_MAX,
        files_each=max(each.open_files for each in limits),
        processes_each=max(each.pids for each in limits),
        sysctl=sysctl,
    )


def refuse_unknown_kvm_types() -> None:
    """Raise ValueError when a setting allows KVM to a type that runs no guests."""
    allowed = [each.name for each in machine_types() if each.runs_guests]
    if not set(settings.KVM_KINDS).issubset(allowed):
        *names, last = allowed
        raise ValueError(
            f"DRYDOCK_KVM_KINDS names {', '.join(names)} and {last}, "
            f"not {','.join(settings.KVM_KINDS)!r}"
        )
