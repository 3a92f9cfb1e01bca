"""Run other programs, find our processes and mounts, and install Debian packages."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from operate.errors import OperateError

PROC = Path("/proc")


def run(
    *command: str | Path, check: bool = True, timeout: float = 120, stdin: str | None = None
) -> str:
    """Run `command` and return what it printed.

    Raises OperateError with its last words when it fails.
    """
    arguments = [str(part) for part in command]
    try:
        completed = subprocess.run(
            arguments, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        if check:
            raise OperateError(f"{arguments[0]}: {error}") from error
        return ""
    if check and completed.returncode != 0:
        last = (completed.stderr.strip() or completed.stdout.strip())[-600:]
        line = " ".join(arguments)
        raise OperateError(f"`{line}` failed with code {completed.returncode}: {last}")
    return completed.stdout


def is_root() -> bool:
    return os.geteuid() == 0


def which(program: str) -> str | None:
    """Return where `program` is, also looking where only root's PATH looks."""
    return shutil.which(
        program, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    )


def install_debian_packages(needs: dict[str, str]) -> list[str]:
    """Install the packages of those programs that are missing; return what was installed.

    `needs` is `{program: package}`. Raises OperateError, naming the packages, when not root or
    without apt.
    """
    missing = sorted({package for program, package in needs.items() if which(program) is None})
    if not missing:
        return []
    if not is_root() or which("apt-get") is None:
        raise OperateError(
            f"missing on this machine: {' '.join(missing)} (Debian's package names); please install"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing]
    # A source that does not answer must not stop an installation that the other sources can serve.
    subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True, check=False)
    completed = subprocess.run(
        install, env=environment, capture_output=True, text=True, check=False
    )
    if completed.returncode != 0:
        raise OperateError(
            f"apt-get could not install {' '.join(missing)}: {completed.stderr.strip()[-600:]}"
        )
    return missing


def arguments_of(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def processes_naming(marker: Path, programs: Sequence[str]) -> list[int]:
    """Return ids of the processes of one of `programs` that name `marker` in their arguments.

    A program's file name begins so; naming something below the marker counts. The path belongs to
    one installation, so these are its own. This process's parents are left out.
    """
    pids, ancestors = [], own_pids()
    for process in PROC.iterdir():
        if process.name.isdigit() and int(process.name) not in ancestors:
            arguments = arguments_of(process)
            names = [Path(argument).name for argument in arguments[:2]]
            runs = any(name.startswith(tuple(programs)) for name in names)
            if runs and any(str(marker) in argument for argument in arguments):
                pids.append(int(process.name))
    return pids


def own_pids() -> set[int]:
    """Return this process and all its parents."""
    pids, pid = set(), os.getpid()
    while pid > 0:
        pids.add(pid)
        try:
            pid = int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            break
    return pids


def end_processes(pids: Iterable[int], *, grace_seconds: float = 10) -> None:
    """Send SIGTERM, and SIGKILL to those that are still there after the grace."""
    pids = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            send_signal(pid, number)
        end = time.monotonic() + grace_seconds
        while pids and time.monotonic() < end:
            pids = [pid for pid in pids if is_alive(pid)]
            time.sleep(0.05 if pids else 0)
        if not pids:
            return


def send_signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def is_alive(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def mounts_below(folder: Path) -> list[Path]:
    """Return mount points at or below `folder`, the latest mounted first."""
    lines = (PROC / "self/mountinfo").read_text().splitlines()
    points = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    return [point for point in reversed(points) if point == folder or folder in point.parents]


def unmount_below(folder: Path) -> list[Path]:
    """Unmount everything at or below `folder`, lazily where it is busy.

    Returns what was mounted.
    """
    points = mounts_below(folder)
    for point in points:
        run("umount", point, check=False)
    for point in mounts_below(folder):
        run("umount", "--lazy", point, check=False)
    return points


def replace_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole, readable as `mode` from its first byte."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def first_program(names: Sequence[str]) -> str | None:
    """Return where the first of `names` is that this machine has, or None."""
    return next((path for path in map(which, names) if path), None)
