"""Check that a host has what all its machines may use, and how much of it is left."""

from collections.abc import Sequence

from django.conf import settings

from operate.checks.protection import Protection
from sandboxes.engine.facts import Resource
from sandboxes.engine.linux.shared_limits import SYSCTL
from sandboxes.machine_types.registry import limits_of_the_host


def check_kernel_limits() -> list[Protection]:
    """Check this host's limits, which are the engine's too where the engine runs here.

    Nothing where they can't be seen.
    """
    protections = []
    try:
        for limit in limits_of_the_host(SYSCTL):
            most = limit.read()
            detail = f"{most} for {settings.MACHINES_MAX} machines, which may need {limit.needed}"
            risk = f"machines can use up what others need; set {limit.setting} to {limit.needed}"
            protections.append(Protection(limit.name, most >= limit.needed, detail, risk))
    except OSError:
        return protections
    return protections


def check_resources(resources: Sequence[Resource]) -> list[Protection]:
    """Check that the engine's host has enough left for machines to start."""
    least = settings.HOST_RESERVE_PERCENT
    risk = f"no new machine starts below {least} %; make room, or give the host more"
    return [
        Protection(f"free {resource.name}", resource.free_percent >= least, str(resource), risk)
        for resource in resources
    ]
