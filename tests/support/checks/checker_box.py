"""Builds the checker and runs it on this machine as PID 1 of namespaces of its own, without
capabilities."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact, decode_reply, encode_request
from tests.support.paths import PLATFORM

SOURCES = sorted((PLATFORM / "runtime/checker").glob("*.c"))
NONCE = "0123456789abcdef0123456789abcdef"


def build(folder: Path, busybox: str) -> Path:
    """Compile the checker as strictly as compilers can, with `busybox` for its own tools. Returns
    the program."""
    program = folder / "checker"
    compiler = shutil.which("musl-gcc") or "gcc"
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
    flags = ["-static", "-O2", "-std=gnu11", f'-DBUSYBOX="{busybox}"']
    subprocess.run([compiler, *flags, *warnings, "-o", program, *SOURCES], check=True)
    return program


def boxed(program: Path) -> list[str]:
    """The command line that runs `program` as PID 1 without capabilities, as a probe container
    does."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    unshare = ["unshare", *user, "--pid", "--fork", "--kill-child", "--mount-proc", "--net"]
    return [
        *unshare,
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--no-new-privs",
        str(program),
    ]


def converse(
    program: Path, request: bytes, timeout: float = 30
) -> subprocess.CompletedProcess[bytes]:
    """What the checker answers to these bytes."""
    return subprocess.run(
        boxed(program), input=request, capture_output=True, timeout=timeout, check=False
    )


def probe(program: Path, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
    """The facts of commands run by the checker. Raises ProbeGarbled."""
    return decode_reply(NONCE, converse(program, encode_request(NONCE, commands)).stdout)


def probe_one(
    program: Path, *argv: str, timeout_seconds: float = 5.0, output_max: int = 65536
) -> ProbeFact:
    """The fact of one command."""
    return probe(program, [ProbeCommand("one", argv, timeout_seconds, output_max)])[0]
