"""Park sandboxes in which nobody types and nothing runs, and tell their students a minute before.

What somebody types, what a terminal prints and what a machine's own engine does push the clock back
as they happen (lifecycle.touch_sandbox). What only computes is seen here: in the last minutes
before it would be parked, a sandbox's processor time is read every few seconds. The readings lie in
the cache: one that is lost is taken anew.
"""

import logging
import time
from datetime import timedelta

from django.core.cache import cache

from core.task_queue import queue_task
from sandboxes.errors import EngineError
from sandboxes.hosts import engine_for
from sandboxes.lifecycle import park_sandbox, touch_sandbox
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import idle_since, parking_notice_since
from sandboxes.transitions import announce

logger = logging.getLogger(__name__)

# Its processor time is read for so long before anybody would be told.
WATCHED = timedelta(minutes=1)
WATCH_SECONDS = 10
# Two readings are so far apart where there is none from before.
READING_SECONDS = 1.0
READING_KEPT_SECONDS = 60
# Of a single processor. At rest a machine takes 0.002 % of it, one with an engine 0.02 %, one with
# an emulated guest 0.2 %.
BUSY_SHARE = 0.02


def watch_idle() -> None:
    """Queue a look at each sandbox that will soon be parked, if nothing runs in it."""
    since = parking_notice_since() + WATCHED
    for sandbox in Sandbox.objects.filter(state=Sandbox.State.READY, active_at__lte=since):
        if cache.add(f"idle-watched-{sandbox.pk}", 1, timeout=WATCH_SECONDS):
            queue_task("sandboxes.attend_idle", str(sandbox.pk))


def attend_idle(sandbox: Sandbox) -> None:
    """Let a busy sandbox go on; park an idle one when its time is up, or tell its student."""
    if is_busy(sandbox):
        touch_sandbox(sandbox=sandbox)
    elif sandbox.active_at <= idle_since():
        park_sandbox(sandbox)
    elif sandbox.active_at <= parking_notice_since():
        notice = f"idle-told-{sandbox.pk}-{sandbox.active_at.timestamp()}"
        if cache.add(notice, 1, timeout=READING_KEPT_SECONDS):
            announce(sandbox)


def is_busy(sandbox: Sandbox) -> bool:
    """Whether programs in it have used the processor since the last reading."""
    key = f"idle-cpu-{sandbox.pk}"
    reading = cache.get(key)
    if reading is None:
        reading = (time.time(), processor_seconds(sandbox))
        time.sleep(READING_SECONDS)
    before, used_before = reading
    now, used = time.time(), processor_seconds(sandbox)
    cache.set(key, (now, used), timeout=READING_KEPT_SECONDS)
    if used is None or used_before is None:
        return False
    return bool(used - used_before > BUSY_SHARE * (now - before))


def processor_seconds(sandbox: Sandbox) -> float | None:
    """Return the processor time that a sandbox's machines have used; None if unknown."""
    claimed = sandbox.machines.filter(state=Machine.State.CLAIMED).select_related("host")
    try:
        return sum(
            engine_for(machine.host).processor_seconds(machine.container_id) for machine in claimed
        )
    except EngineError as error:
        logger.info("whether sandbox %s is busy is not known: %s", sandbox.pk, error)
        return None
