"""Save and restore a fake machine's home."""

import io
import tarfile
from pathlib import Path

from sandboxes.engine.facts import HomeArchive
from sandboxes.engine.fake.machine import FakeMachine
from sandboxes.engine.machine_paths import HOME

TAR_BLOCK = 512


def export_home(machine: FakeMachine, destination: Path, max_bytes: int) -> HomeArchive:
    """Write the files below the home, as many as there is room for."""
    used, left_out = 0, []
    with tarfile.open(destination, "w:gz") as archive:
        for path, content in sorted(machine.files.items()):
            if not path.startswith(f"{HOME}/"):
                continue
            name, cost = path.removeprefix(f"{HOME}/"), len(content) + TAR_BLOCK
            if used + cost > max_bytes:
                left_out.append(f"{name} ({len(content)} bytes)")
                continue
            used += cost
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return HomeArchive(destination, used, tuple(left_out))


def import_home(machine: FakeMachine, archive: Path) -> None:
    """Put an archive's files below the home."""
    with tarfile.open(archive) as source:
        for member in source:
            content = source.extractfile(member)
            if content is not None:
                machine.files[f"{HOME}/{member.name.removeprefix('./')}"] = content.read()
