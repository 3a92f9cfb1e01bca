"""Provide the Debian image that machine images build on.

It is pulled where a registry answers, else made with mmdebstrap.
"""

import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from operate.console.shell import install_debian_packages
from operate.errors import ImageError

BASE_IMAGE = "debian:bookworm-slim"
SUITE = "bookworm"
PULL_SECONDS = 90
FIRST_ANSWER_SECONDS = 6
# Left out by Debian's own slim image, too.
EXCLUDED_PATHS = (
    "/usr/share/man/*",
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/info/*",
)
# mmdebstrap's messages, in order, as its progress.
MMDEBSTRAP_STAGES = (
    "running apt-get update",
    "downloading",
    "extracting",
    "installing essential",
    "installing remaining",
    "cleaning",
    "creating tarball",
    "done",
)

Report = Callable[[float, str], None]


def ensure_base(client: docker.DockerClient, report: Report) -> str:
    """Make sure that the engine has BASE_IMAGE; return "current", "pulled" or "made".

    `report` takes a fraction and a text. Raises ImageError.
    """
    if has_image(client, BASE_IMAGE):
        return "current"
    report(0.0, f"asking the registry for {BASE_IMAGE}")
    if pull(client, report):
        return "pulled"
    make_base(client, report)
    return "made"


def has_image(client: docker.DockerClient, tag: str) -> bool:
    try:
        client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def pull(client: docker.DockerClient, report: Report) -> bool:
    """Pull BASE_IMAGE; return whether it came.

    It has not when the registry says no, is slow to give its first answer, or takes too long.
    """
    job = _Pull(client, report)
    job.start()
    job.join(FIRST_ANSWER_SECONDS)
    if job.answered:
        job.join(PULL_SECONDS)
    return not job.is_alive() and has_image(client, BASE_IMAGE)


class _Pull(threading.Thread):
    """Pull in a thread, which may be left to its time-out.

    Notes whether the registry has answered.
    """

    def __init__(self, client: docker.DockerClient, report: Report) -> None:
        super().__init__(daemon=True)
        self.client, self.report, self.answered = client, report, False

    def run(self) -> None:
        name, tag = BASE_IMAGE.split(":")
        # Whether it came is found out by asking for the image.
        with contextlib.suppress(DockerException, OSError):
            for event in self.client.api.pull(name, tag=tag, stream=True, decode=True):
                self.answered = True
                progress = event.get("progressDetail", {})
                if progress.get("total"):
                    self.report(progress["current"] / progress["total"], f"pulling {BASE_IMAGE}")


def make_base(client: docker.DockerClient, report: Report) -> None:
    """Bootstrap Debian into a tar archive and import it as BASE_IMAGE. Needs root."""
    install_debian_packages({"mmdebstrap": "mmdebstrap"})
    with tempfile.TemporaryDirectory(prefix="drydock-base-") as folder:
        archive = Path(folder) / "base.tar"
        bootstrap(archive, report)
        report(0.95, "importing the base image")
        name, tag = BASE_IMAGE.split(":")
        try:
            client.api.import_image_from_file(
                str(archive), repository=name, tag=tag, changes=['CMD ["bash"]']
            )
        except (APIError, OSError) as error:
            raise ImageError(f"the base image could not be imported: {error}") from error


def bootstrap(archive: Path, report: Report) -> None:
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED_PATHS]
    command = ["mmdebstrap", "--variant=minbase", *excluded, SUITE, str(archive)]
    last_line = ""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            for last_line in process.stderr or ():
                report_stage(last_line, report)
        except BaseException:
            process.terminate()  # it takes its folder and mounts away
            raise
    if process.returncode != 0:
        raise ImageError(f"mmdebstrap could not make {BASE_IMAGE}: {last_line.strip()}")


def report_stage(line: str, report: Report) -> None:
    stage = next(
        (number for number, message in enumerate(MMDEBSTRAP_STAGES) if message in line), None
    )
    if stage is not None:
        report(
            0.9 * stage / len(MMDEBSTRAP_STAGES),
            "making the base image: " + MMDEBSTRAP_STAGES[stage],
        )
