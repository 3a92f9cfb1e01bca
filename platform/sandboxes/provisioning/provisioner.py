"""Take a sandbox from its request to the moment at which its student may type.

Everything may be run twice, at the same time, and after a worker that was killed half-way: it looks
at the rows, does what is missing and lets transitions.py decide who was first. EngineUnavailable
means "later": the rows stay as they are, and maintenance/reconciler.py comes back to them.
"""

import logging
from collections.abc import Sequence

from sandboxes import reasons
from sandboxes.errors import (
    EngineError,
    EngineUnavailable,
    ImageMissing,
    MachineTypeRefused,
    NoRoom,
    NotItsTurn,
)
from sandboxes.homes import expects_home, restore_homes, waits_for_home
from sandboxes.models import Sandbox
from sandboxes.pool import claims
from sandboxes.provisioning.boot import boot_machines
from sandboxes.provisioning.image_builds import is_being_built
from sandboxes.provisioning.networks import join_sandbox
from sandboxes.setup_scripts import SetupScript, run_setup_scripts
from sandboxes.transitions import (
    advance_queue,
    fail_sandbox,
    mark_ready,
    requeue_sandbox,
    tell_to_wait,
)

logger = logging.getLogger(__name__)

REQUESTED, STARTING = Sandbox.State.REQUESTED, Sandbox.State.STARTING


def provision_sandbox(sandbox: Sandbox, *, setup_scripts: Sequence[SetupScript] = ()) -> None:
    """Take a requested or starting sandbox as far as it goes now."""
    try:
        start_sandbox(sandbox, setup_scripts)
    except NotItsTurn:
        tell_to_wait(sandbox, reason=reasons.WAITING)
    except EngineUnavailable as error:
        logger.warning("sandbox %s waits for the engine: %s", sandbox.pk, error)
    except NoRoom as error:
        logger.warning("sandbox %s found no room: %s", sandbox.pk, error)
        requeue_sandbox(sandbox)
    except ImageMissing:
        if any(is_being_built(kind) for kind in sandbox.machine_types):
            tell_to_wait(sandbox, reason=reasons.IMAGE_UNDER_WAY)
        else:
            fail_sandbox(sandbox, reason=reasons.NO_IMAGE)
    except MachineTypeRefused as error:
        fail_sandbox(sandbox, reason=str(error))
    except EngineError:
        logger.exception("sandbox %s failed", sandbox.pk)
        fail_sandbox(sandbox, reason=reasons.FAILED_TO_START)


def start_sandbox(sandbox: Sandbox, setup_scripts: Sequence[SetupScript]) -> None:
    """Boot what is missing, bring it together, set it up, and let the student in.

    Raises NotItsTurn, EngineError.
    """
    reason = sandbox.reason
    if sandbox.state == REQUESTED:
        reason = reasons.starting_reason(
            restores_home=expects_home(sandbox), needs_setup=bool(setup_scripts)
        )
        if claims.others_wait(sandbox):
            raise NotItsTurn
    claims.find_images(sandbox.machine_types)
    # A machine that does not come up, or is lost, is replaced once before the sandbox fails.
    for last_try in (False, True):
        if sandbox.state not in (REQUESTED, STARTING):
            return
        claims.claim_missing(sandbox, reason=reason)
        if boot_machines(sandbox, last_try=last_try) and join_sandbox(sandbox):
            break
        sandbox.refresh_from_db()  # where a machine was lost it says so
        reason = sandbox.reason
    if run_setup_scripts(sandbox, setup_scripts):
        let_in(sandbox)


def let_in(sandbox: Sandbox) -> None:
    """Put a kept home back and let the student type, unless that home is still being kept.

    Whoever keeps it queues this again.
    """
    sandbox.refresh_from_db()
    if waits_for_home(sandbox):
        return
    if mark_ready(sandbox, reason=put_home_back(sandbox)):
        advance_queue()


def put_home_back(sandbox: Sandbox) -> str:
    """Put a home into machines that never were ready, and return what the student is to read."""
    if sandbox.ready_at is not None:
        return sandbox.reason
    notice = restore_homes(sandbox)
    return reasons.replaced(notice) if sandbox.reason == reasons.LOST else notice
