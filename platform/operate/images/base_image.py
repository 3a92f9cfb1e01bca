"""Provide the Debian images that machine images build on.

They are pulled where a registry answers, else made with mmdebstrap.
"""

import contextlib
import platform
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from operate.console.shell import install_debian_packages, run
from operate.errors import ImageError

BASE_IMAGE = "debian:bookworm-slim"
# What machines with newer programs than BASE_IMAGE's begin from.
NEWER_BASE_IMAGE = "debian:trixie-slim"
SUITES = {BASE_IMAGE: "bookworm", NEWER_BASE_IMAGE: "trixie"}
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

# What apt-get indextargets is asked for: the lists of packages that Debian itself publishes.
PACKAGE_LISTS = ("Created-By: Packages", "ORIGIN: Debian")

Report = Callable[[float, str], None]


def ensure_base(client: docker.DockerClient, report: Report, base: str = BASE_IMAGE) -> str:
    """Make sure that the engine has a base image; return "current", "pulled" or "made".

    `report` takes a fraction and a text. Raises ImageError.
    """
    if has_image(client, base):
        return "current"
    report(0.0, f"asking the registry for {base}")
    if pull(client, base, report):
        return "pulled"
    make_base(client, base, report)
    return "made"


def has_image(client: docker.DockerClient, tag: str) -> bool:
    try:
        client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def pull(client: docker.DockerClient, base: str, report: Report) -> bool:
    """Pull a base image; return whether it came.

    It has not when the registry says no, is slow to give its first answer, or takes too long.
    """
    job = _Pull(client, base, report)
    job.start()
    job.join(FIRST_ANSWER_SECONDS)
    if job.answered:
        job.join(PULL_SECONDS)
    return not job.is_alive() and has_image(client, base)


class _Pull(threading.Thread):
    """Pull in a thread, which may be left to its time-out.

    Notes whether the registry has answered.
    """

    def __init__(self, client: docker.DockerClient, base: str, report: Report) -> None:
        super().__init__(daemon=True)
        self.client, self.base, self.report, self.answered = client, base, report, False

    def run(self) -> None:
        name, tag = self.base.split(":")
        # Whether it came is found out by asking for the image.
        with contextlib.suppress(DockerException, OSError):
            for event in self.client.api.pull(name, tag=tag, stream=True, decode=True):
                self.answered = True
                progress = event.get("progressDetail", {})
                if progress.get("total"):
                    self.report(progress["current"] / progress["total"], f"pulling {self.base}")


def make_base(client: docker.DockerClient, base: str, report: Report) -> None:
    """Bootstrap Debian into a tar archive and import it as a base image. Needs root."""
    install_debian_packages({"mmdebstrap": "mmdebstrap"})
    with tempfile.TemporaryDirectory(prefix="drydock-base-") as folder:
        archive = Path(folder) / "base.tar"
        bootstrap(archive, SUITES[base], report)
        report(0.95, "importing the base image")
        name, tag = base.split(":")
        try:
            client.api.import_image_from_file(
                str(archive), repository=name, tag=tag, changes=['CMD ["bash"]']
            )
        except (APIError, OSError) as error:
            raise ImageError(f"the base image could not be imported: {error}") from error


def bootstrap(archive: Path, suite: str, report: Report) -> None:
    """Run mmdebstrap. Raises ImageError."""
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED_PATHS]
    sources = archive.with_name("sources.list")
    sources.write_text(sources_of(suite))
    command = ["mmdebstrap", "--variant=minbase", *excluded, suite, str(archive)]
    if sources.stat().st_size:
        command.append(str(sources))
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
        raise ImageError(f"mmdebstrap could not make Debian {suite}: {last_line.strip()}")


def sources_of(suite: str) -> str:
    """Return the lines of a sources.list(5) for another Debian, from this host's own mirrors.

    "" where the host has that Debian itself, which mmdebstrap sees, or is none: then Debian's own
    address is the best guess.
    """
    own = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if own == suite:
        return ""
    fields = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = run("apt-get", "indextargets", "--format", fields, *PACKAGE_LISTS, check=False)
    lines = []
    for address, release, component in (line.split() for line in sorted(set(listed.splitlines()))):
        name, dash, part = release.partition("-")
        if name == own:
            lines.append(f"deb {address} {suite}{dash}{part} {component}\n")
    return "".join(lines)


def report_stage(line: str, report: Report) -> None:
    stage = next(
        (number for number, message in enumerate(MMDEBSTRAP_STAGES) if message in line), None
    )
    if stage is not None:
        report(
            0.9 * stage / len(MMDEBSTRAP_STAGES),
            "making the base image: " + MMDEBSTRAP_STAGES[stage],
        )
