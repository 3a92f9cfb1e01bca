"""Mount the private engine's data root: btrfs in a sparse file.

btrfs bounds the disk of each machine.
"""

import shutil

from operate.console.shell import mounts_below, run
from operate.errors import OperateError
from operate.stack.layout import Layout
from sandboxes.engine.linux.quotas import enable_quotas

GIB = 1024**3
SIZE_MAX = 40 * GIB
SIZE_MIN = 4 * GIB
# btrfs' magic stands 64 bytes into the superblock at 64 KiB (kernel: fs/btrfs, BTRFS_MAGIC).
BTRFS_MAGIC_OFFSET = 65536 + 64
BTRFS_MAGIC = b"_BHRfS_M"


def mount_disk(layout: Layout) -> str:
    """Mount the engine's disk, making it when it is new.

    Returns "" when machines' disks can be bounded, else why not; the engine then keeps its data in
    the plain folder.
    """
    layout.engine_data.mkdir(parents=True, exist_ok=True)
    if layout.engine_data in mounts_below(layout.engine_data):
        return ""
    try:
        make_disk(layout)
        run("mount", "-o", "loop,noatime", layout.engine_disk, layout.engine_data)
        enable_quotas(layout.engine_data)
    except (OperateError, OSError) as error:
        return str(error)
    return ""


def make_disk(layout: Layout) -> None:
    if is_btrfs(layout):
        return
    free = shutil.disk_usage(layout.engine).free
    size = min(SIZE_MAX, free * 8 // 10)
    if size < SIZE_MIN:
        raise OperateError(
            f"only {free // GIB} GiB are free below {layout.var}; the engine's disk needs 5"
        )
    with layout.engine_disk.open("wb") as file:
        file.truncate(size)
    layout.engine_disk.chmod(0o600)
    run("mkfs.btrfs", "--quiet", "--force", layout.engine_disk)


def is_btrfs(layout: Layout) -> bool:
    if not layout.engine_disk.exists():
        return False
    with layout.engine_disk.open("rb") as file:
        file.seek(BTRFS_MAGIC_OFFSET)
        return file.read(len(BTRFS_MAGIC)) == BTRFS_MAGIC
