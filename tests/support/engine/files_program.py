"""Run the program `files` on this host, as the engine runs it in a machine."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandboxes.engine.files_protocol import is_whole
from sandboxes.errors import InsideSilent
from tests.support.availability import unavailable
from tests.support.paths import PLATFORM

FOLDER = PLATFORM / "runtime/files"


@functools.cache
def files_program() -> Path:
    """Compile the program, with the sanitizers where the compiler has them."""
    compiler = next(filter(None, map(shutil.which, ("gcc", "clang", "musl-gcc", "cc"))), None)
    if compiler is None:
        unavailable("no C compiler")
    target = Path(tempfile.mkdtemp(prefix="drydock-files-")) / "files"
    command = [compiler, "-g", "-Wall", "-Wextra", "-Werror", "-I", FOLDER, "-o", target]
    sanitized = ["-fsanitize=address,undefined", "-fno-sanitize-recover"]
    for flags in (sanitized, ["-O2"]):
        done = subprocess.run([*command, *flags, *sorted(FOLDER.glob("*.c"))], check=False)
        if done.returncode == 0:
            return target
    raise AssertionError("runtime/files does not compile")


class HostFiles:
    """Implement FileRunner on this host's own files."""

    def ask_files(self, container_id: str, request: bytes, seconds: float) -> bytes:
        done = subprocess.run(
            [files_program()],
            input=request,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"ASAN_OPTIONS": "detect_leaks=0"},  # it ends after one request
        )
        assert b"Sanitizer" not in done.stderr, done.stderr.decode()
        if not is_whole(done.stdout):
            raise InsideSilent(f"it ended with {done.returncode}")
        return done.stdout
