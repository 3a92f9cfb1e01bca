"""Removing the machines of this installation, when the platform stops."""

import logging

from sandboxes.engine import SandboxEngine
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)


def remove_machines(engine: SandboxEngine) -> int:
    """Remove every machine and leftover with this installation's label; returns how many objects there were."""
    owned = engine.find_owned()
    for machine_id in sorted({one.machine_id for one in owned if one.machine_id}):
        try:
            engine.remove_machine(machine_id)
        except EngineError:
            logger.exception("machine %s could not be removed", machine_id)
    for leftover in engine.find_owned():
        if leftover.kind in ("snapshot", "probe"):
            engine.remove_leftover(leftover)
    return len(owned)
