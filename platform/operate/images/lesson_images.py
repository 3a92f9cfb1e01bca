"""Images of instructors' own machines: what lessons name from the operator's list is pulled where the engine lacks it;
Dockerfiles in lessons (machines/<name>/Dockerfile) are built, in bounds of time, memory and size.

The lessons are those in the database, edited in the admin or read from files. What fails is told and leaves the
others alone; a student of that lesson is told that the image is missing.
"""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass

import docker
import requests
import urllib3
from django.conf import settings
from django.db import DatabaseError
from docker.errors import APIError, DockerException, ImageNotFound

from curriculum.authoring.service import contents_of
from curriculum.loader.dockerfiles import dockerfile_faults, instructions, with_own_images
from curriculum.loader.machines import MACHINES_FOLDER
from curriculum.queries import live_lessons
from operate.errors import ImageError
from operate.images.base_image import Report, has_image
from operate.images.machine_images import CONTENT_LABEL, STEP, build_network
from sandboxes.errors import ImageMissing
from sandboxes.machine_types.images import BUILD_PREFIX, IMAGE_PREFIX, image_tag

# What the SDK and the libraries below it raise, in the middle of an answer, too.
BROKEN = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True)
class Wanted:
    """An image that a lesson's machine is made from. `files` are its build's; one that must only be there has none."""

    kind: str
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """For people: the image, or course/lesson/machine."""
        return self.kind.partition(":")[2]


def ensure_lesson_images(
    client: docker.DockerClient, uplink: AbstractContextManager[object], report: Report
) -> list[str]:
    """Make sure that the engine has what lessons name; returns a line for each image. `uplink` is entered only when
    something must be fetched or built. Raises nothing for an image that can't be had: its line says why."""
    wanted = list(wanted_images())
    states = [_state(client, one) for one in wanted]
    with nullcontext() if all(states) else uplink:
        states = [state or _make(client, one, report) for one, state in zip(wanted, states, strict=True)]
    return [f"{one.name}: {state}" for one, state in zip(wanted, states, strict=True)]


def wanted_images() -> Iterator[Wanted]:
    """Each image once, drafts' too. None before there are tables."""
    try:
        lessons = list(live_lessons(drafts=True).select_related("course"))
        kinds = {machine["kind"]: lesson for lesson in lessons for machine in lesson.machines_wanted}
        for kind, lesson in sorted(kinds.items(), key=lambda pair: pair[0]):
            if kind.startswith(IMAGE_PREFIX):
                yield Wanted(kind, {})
            elif kind.startswith(BUILD_PREFIX):
                folder = f"{MACHINES_FOLDER}/{kind.rpartition('/')[2]}/"
                files = contents_of(lesson).items()
                yield Wanted(
                    kind,
                    {path.removeprefix(folder): data for path, data in files if path.startswith(folder)},
                )
    except DatabaseError:
        return


def _state(client: docker.DockerClient, wanted: Wanted) -> str:
    """ "current", why it can't be had, or "" when it has to be fetched or built."""
    try:
        tag = image_tag(wanted.kind)
    except ImageMissing as error:
        return str(error)
    if not has_image(client, tag):
        return ""
    if not wanted.files:
        return _refusal(client, tag) or "current"
    return "current" if client.images.get(tag).labels.get(CONTENT_LABEL) == _content_hash(client, wanted) else ""


def _make(client: docker.DockerClient, wanted: Wanted, report: Report) -> str:
    tag = image_tag(wanted.kind)
    try:
        if wanted.files:
            build(client, wanted, tag, report)
            return "built"
        report(0, f"pulling {tag}")
        client.images.pull(tag)
        return _refusal(client, tag) or "pulled"
    except (ImageError, *BROKEN) as error:
        return f"failed: {error}"


def build(client: docker.DockerClient, wanted: Wanted, tag: str, report: Report) -> None:
    """Build one image. Raises ImageError."""
    text = wanted.files["Dockerfile"].decode(errors="replace")
    if faults := dockerfile_faults(text, settings.IMAGES_ALLOWED):
        raise ImageError("; ".join(f"Dockerfile:{line}: {word} {message}" for line, word, message in faults))
    with time_limit(client, settings.BUILD_SECONDS) as overran:
        try:
            _run_build(client, wanted, tag, report)
        except BROKEN as error:
            late = f"took longer than {settings.BUILD_SECONDS} s"
            raise ImageError(late if overran.is_set() else str(error)) from error
    if refusal := _refusal(client, tag):
        client.images.remove(tag, force=True)
        raise ImageError(refusal)


def _run_build(client: docker.DockerClient, wanted: Wanted, tag: str, report: Report) -> None:
    memory = settings.BUILD_MEMORY_BYTES
    events = client.api.build(
        fileobj=_archive(wanted.files),
        custom_context=True,
        tag=tag,
        labels={CONTENT_LABEL: _content_hash(client, wanted)},
        network_mode=build_network(client),
        container_limits={"memory": memory, "memswap": memory, "cpushares": 256},
        rm=True,
        forcerm=True,
        decode=True,
    )
    output: list[str] = []
    for event in events:
        if "error" in event:
            raise ImageError(f"{event['error']}\n{''.join(output)[-1500:]}".strip())
        output.append(text := event.get("stream", ""))
        if step := STEP.match(text):
            report((int(step[1]) - 1) / int(step[2]), f"building {wanted.name}: {step[3][:60]}")


def _archive(files: Mapping[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in sorted(files.items()):
            data = _own_names(content).encode() if path == "Dockerfile" else content
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(data), 0o755 if data.startswith(b"#!") else 0o644
            archive.addfile(member, io.BytesIO(data))
    buffer.seek(0)
    return buffer


def _own_names(dockerfile: bytes) -> str:
    return with_own_images(dockerfile.decode(errors="replace"), settings.INSTALLATION)


def _content_hash(client: docker.DockerClient, wanted: Wanted) -> str:
    """SHA-256 of the build's files and of the images that it begins from, as far as they are there."""
    digest = hashlib.sha256(_archive(wanted.files).getvalue())
    for _, word, rest in instructions(_own_names(wanted.files["Dockerfile"])):
        if word == "FROM":
            # a stage's name, or an image that is still to be pulled
            with suppress(ImageNotFound, APIError):
                digest.update(str(client.images.get(rest.split()[0]).id).encode())
    return digest.hexdigest()


def _refusal(client: docker.DockerClient, tag: str) -> str:
    """Why machines can't be made from an image that is there; "" when they can."""
    attrs = client.images.get(tag).attrs
    if (attrs.get("Config") or {}).get("Volumes"):
        return "refused: it declares volumes, whose disk nobody bounds"
    if attrs["Size"] > settings.BUILD_IMAGE_MAX_BYTES:
        return f"refused: {attrs['Size'] // 1_000_000} MB are more than DRYDOCK_BUILD_IMAGE_MAX_BYTES"
    return ""


@contextmanager
def time_limit(client: docker.DockerClient, seconds: float) -> Iterator[threading.Event]:
    """Break the connections of what runs inside off after so long: the engine then stops a build. Yields what is set
    when that has happened."""
    overran, answers = threading.Event(), list[requests.Response]()

    def remember(answer: requests.Response, **_: object) -> None:
        answers.append(answer)

    def break_off() -> None:
        overran.set()
        for answer in answers:
            with suppress(OSError, ValueError, RuntimeError):  # over already
                answer.raw.shutdown()

    client.api.hooks["response"].append(remember)
    timer = threading.Timer(seconds, break_off)
    timer.start()
    try:
        yield overran
    finally:
        timer.cancel()
        client.api.hooks["response"].remove(remember)
