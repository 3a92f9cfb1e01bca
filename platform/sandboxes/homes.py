"""Keep home folders when a sandbox ends, and put them back when its lesson is reopened.

One archive per user, lesson and machine below HOMES_DIR; the first machine's has the lesson's name
alone. An archive is replaced in one step, so a worker killed half-way leaves the last whole one.
Nothing is kept for somebody who has left: an archive is put in place while the user's row is
locked, so an account is deleted before that or after, never during.
"""

import logging
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from sandboxes import reasons
from sandboxes.errors import EngineError, EngineUnavailable
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox

logger = logging.getLogger(__name__)

SUFFIX = ".tar.gz"
NAME = re.compile(r"[A-Za-z0-9_.-]+")


def home_path(sandbox: Sandbox, machine_name: str) -> Path:
    """Return where a machine's home is kept.

    Raises ValueError for a lesson or machine whose name is no file name.
    """
    parts = [*sandbox.lesson_key.split("/"), machine_name]
    if not all(NAME.fullmatch(part) and not part.startswith(".") for part in parts):
        raise ValueError(f"not a lesson or machine name: {parts}")
    is_first = sandbox.requested_machines[0]["name"] == machine_name
    name = home_name(sandbox.lesson_key, "" if is_first else machine_name)
    return Path(settings.HOMES_DIR) / str(sandbox.user_id) / f"{name}{SUFFIX}"


def home_name(lesson_key: str, machine_name: str = "") -> str:
    """Return what the homes of a lesson's machine are called; its first machine has no name."""
    return lesson_key.replace("/", "--") + (f".{machine_name}" if machine_name else "")


def move_homes(names: Mapping[str, str]) -> None:
    """Give every user's kept homes new names, by their old ones; all at once, so two may swap.

    A lesson's name takes along the homes of all its machines.
    """
    moved: list[tuple[Path, Path]] = []
    for old, new in names.items():
        homes = Path(settings.HOMES_DIR)
        for path in [*homes.glob(f"*/{old}{SUFFIX}"), *homes.glob(f"*/{old}.*{SUFFIX}")]:
            aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            path.rename(aside)
            moved.append((aside, path.with_name(new + path.name.removeprefix(old))))
    for aside, path in moved:
        aside.rename(path)


def home_paths(sandbox: Sandbox) -> list[Path]:
    """Return where the homes of all of a sandbox's machines are kept."""
    return [home_path(sandbox, machine["name"]) for machine in sandbox.requested_machines]


def has_homes(sandbox: Sandbox) -> bool:
    """Whether anything was kept for this sandbox's lesson."""
    return any(path.exists() for path in home_paths(sandbox))


def waits_for_home(sandbox: Sandbox) -> bool:
    """Whether the home for this sandbox is still being kept, by one that is ending."""
    earlier = Sandbox.objects.filter(user_id=sandbox.user_id, lesson_key=sandbox.lesson_key)
    return earlier.filter(state=Sandbox.State.ENDING).exclude(pk=sandbox.pk).exists()


def expects_home(sandbox: Sandbox) -> bool:
    """Whether a home is there for this sandbox, or will be."""
    return has_homes(sandbox) or waits_for_home(sandbox)


def keep_homes(sandbox: Sandbox) -> str:
    """Keep a sandbox's homes, and return what to tell the student.

    One that was never ready has nothing new to keep. Raises EngineUnavailable.
    """
    if sandbox.ready_at is None:
        return ""
    machines = sandbox.machines.select_related("host", "sandbox")
    try:
        left_out = [
            name
            for machine in machines.filter(state__in=(Machine.State.CLAIMED, Machine.State.PARKED))
            for name in keep_home(machine)
        ]
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("sandbox %s: home not kept", sandbox.pk)
        return reasons.HOME_NOT_KEPT
    return reasons.home_kept(left_out, settings.HOME_MAX_BYTES)


def keep_home(machine: Machine) -> tuple[str, ...]:
    """Keep a machine's home, and return what the cap left out. Raises EngineError."""
    assert machine.sandbox is not None
    user_id = machine.sandbox.user_id
    target = home_path(machine.sandbox, machine.name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        archive = engine_for(machine.host).export_home(
            machine.container_id, unfinished, settings.HOME_MAX_BYTES
        )
        with transaction.atomic():
            rows = get_user_model().objects.select_for_update()
            user_is_there = rows.filter(pk=user_id).exists()
            if user_is_there:
                unfinished.chmod(0o600)
                unfinished.replace(target)
        if not user_is_there:
            forget_user(user_id)
    except FileNotFoundError:
        if target.parent.exists():
            raise
        return ()  # the user has left, and the folder went along
    finally:
        unfinished.unlink(missing_ok=True)
    return archive.left_out


def forget_user(user_id: int) -> None:
    """Drop all that was kept for somebody who has left."""
    shutil.rmtree(Path(settings.HOMES_DIR) / str(user_id), ignore_errors=True)


def forget_strangers() -> int:
    """Drop what was kept for people who have left, and return for how many.

    Usually that is done when they leave; here it is where a process died before it could.
    """
    root = Path(settings.HOMES_DIR)
    folders = list(root.iterdir()) if root.is_dir() else []
    user_ids = {int(folder.name) for folder in folders if folder.name.isdecimal()}
    users = get_user_model().objects.filter(pk__in=user_ids)
    strangers = user_ids - set(users.values_list("pk", flat=True))
    for user_id in strangers:
        forget_user(user_id)
    return len(strangers)


def restore_homes(sandbox: Sandbox) -> str:
    """Put homes back into machines that never were ready; return what to tell the student.

    Raises EngineUnavailable.
    """
    claimed = sandbox.machines.select_related("host", "sandbox").filter(state=Machine.State.CLAIMED)
    try:
        restored = [restore_home(machine) for machine in claimed]
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("sandbox %s: home not restored", sandbox.pk)
        return reasons.HOME_NOT_RESTORED
    return reasons.HOME_RESTORED if any(restored) else ""


def restore_home(machine: Machine) -> bool:
    """Put a kept home into a machine; False when none was kept. Raises EngineError."""
    assert machine.sandbox is not None
    archive = home_path(machine.sandbox, machine.name)
    if not archive.exists():
        return False
    engine_for(machine.host).import_home(machine.container_id, archive)
    return True


def forget_homes(sandbox: Sandbox) -> None:
    """Drop what was kept for this sandbox's lesson.

    A reset does, so that it starts from nothing.
    """
    for path in home_paths(sandbox):
        path.unlink(missing_ok=True)
