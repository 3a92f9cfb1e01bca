"""Clean a photo in a process of its own, bounded in memory and time, one at a time.

A picture of a few kilobytes may unfold to gigabytes, in code that decodes what a stranger made.
The process imports nothing of Django: it starts in a few tenths of a second.
"""

import fcntl
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from core.budgets import AUTHOR
from curriculum.authoring.photos import clean_photo
from curriculum.errors import UnusablePicture

REFUSED = 3
TOO_BUSY = (
    "can't be made smaller right now, because other pictures are: upload it again in a minute"
)
TOO_MUCH = "takes more memory or time to make smaller than a picture may: make it smaller yourself"
RETRY_SECONDS = 0.1
MODULE = "curriculum.authoring.photo_process"
SOURCES = Path(__file__).resolve().parents[2]


def clean_photo_apart(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """Do what clean_photo() does, elsewhere. Raises UnusablePicture."""
    with take_turn(Path(settings.VAR_DIR)):
        try:
            done = subprocess.run(
                [sys.executable, "-m", MODULE, name],
                input=content,
                cwd=SOURCES,
                env={"PYTHONPATH": str(SOURCES)},
                capture_output=True,
                timeout=AUTHOR.picture_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UnusablePicture(TOO_MUCH) from error
    if done.returncode == REFUSED:
        raise UnusablePicture(done.stdout.decode())
    if done.returncode:
        raise UnusablePicture(TOO_MUCH)
    changes, _, picture = done.stdout.partition(b"\n")
    return picture, json.loads(changes)


@contextmanager
def take_turn(folder: Path) -> Iterator[None]:
    """Wait until no other process cleans a picture. Raises UnusablePicture after a while."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + AUTHOR.picture_seconds
    with (folder / "picture.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UnusablePicture(TOO_BUSY) from None
                time.sleep(RETRY_SECONDS)
        yield


def main() -> None:
    """Clean the picture at the standard input, whose name is the argument."""
    limit = AUTHOR.picture_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (AUTHOR.picture_seconds, AUTHOR.picture_seconds))
    try:
        picture, changes = clean_photo(sys.stdin.buffer.read(), sys.argv[1])
    except UnusablePicture as error:
        sys.stdout.write(str(error))
        raise SystemExit(REFUSED) from error
    sys.stdout.buffer.write(json.dumps(changes).encode() + b"\n" + picture)


if __name__ == "__main__":
    main()
