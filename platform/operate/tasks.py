"""Beat the worker's heart, and tie the worker's processes to their parent."""

import ctypes
import signal
import sys
from typing import Any

from celery import shared_task
from celery.signals import worker_process_init, worker_ready

from operate.checks.health import PARTS, beat_heart
from operate.stack.supervisor import PR_SET_PDEATHSIG


@shared_task(name="operate.heartbeat", soft_time_limit=5, time_limit=10, ignore_result=True)
def heartbeat(part: str = "worker") -> None:
    """Note that broker, beat and a worker all worked; beat queues this every few seconds."""
    beat_heart(part)


@worker_ready.connect
def first_heartbeat(sender: Any = None, **_: Any) -> None:
    """Spare a worker that has just come up the wait for beat."""
    part = str(getattr(sender, "hostname", "")).partition("@")[0]
    beat_heart(part if part in PARTS else "worker")


@worker_process_init.connect
def end_with_parent(**_: Any) -> None:
    """End a pool process whose worker is killed.

    It would go on alone for ever, holding the pipes of its siblings.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
