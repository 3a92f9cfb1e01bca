"""Provide the images of instructors' own machines.

What lessons name from the operator's list is pulled where the engine lacks it; Dockerfiles in
lessons (machines/<name>/Dockerfile) are built, in bounds of time, memory and size.

The lessons are those in the database, edited in the admin or read from files. What fails is
reported and leaves the others alone; a student of that lesson reads that the image is missing.
"""

import hashlib
import io
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

from core.archives import pack_tar
from curriculum.loader.contents import stored_contents
from curriculum.loader.dockerfiles import dockerfile_faults, instructions, with_own_images
from curriculum.loader.machines import MACHINES_FOLDER
from curriculum.queries import live_lessons
from operate.engine import lesson_builds
from operate.errors import ImageError
from operate.images.base_image import Report, has_image
from operate.images.machine_images import CONTENT_LABEL, STEP, build_network
from sandboxes.errors import ImageMissing
from sandboxes.machine_types.images import BUILD_PREFIX, IMAGE_PREFIX, image_tag

# Raised by the SDK and the libraries below it, also in the middle of a response.
BUILD_ERRORS = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True)
class LessonImage:
    """Describe an image that a lesson's machine is made from.

    `files` are its build's; one that must only be there has none.
    """

    kind: str
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """Return its name for people: the image, or course/lesson/machine."""
        return self.kind.partition(":")[2]


def ensure_lesson_images(
    client: docker.DockerClient, uplink: AbstractContextManager[object], report: Report
) -> list[str]:
    """Make sure that the engine has what lessons name; return a line for each image.

    `uplink` is entered only when something must be fetched or built. An image that is not
    available raises nothing: its line says why.
    """
    images = list(lesson_images())
    states = [state_of(client, image) for image in images]
    with nullcontext() if all(states) else uplink:
        states = [
            state or pull_or_build(client, image, report)
            for image, state in zip(images, states, strict=True)
        ]
    return [f"{image.name}: {state}" for image, state in zip(images, states, strict=True)]


def lesson_images() -> Iterator[LessonImage]:
    """Yield each image once, drafts' too. None before there are tables."""
    try:
        lessons = list(live_lessons(drafts=True).select_related("course"))
        kinds = {
            machine["kind"]: lesson for lesson in lessons for machine in lesson.requested_machines
        }
        for machine_kind, lesson in sorted(kinds.items(), key=lambda pair: pair[0]):
            if machine_kind.startswith(IMAGE_PREFIX):
                yield LessonImage(machine_kind, {})
            elif machine_kind.startswith(BUILD_PREFIX):
                folder = f"{MACHINES_FOLDER}/{machine_kind.rpartition('/')[2]}/"
                files = stored_contents(lesson).items()
                yield LessonImage(
                    machine_kind,
                    {
                        path.removeprefix(folder): data
                        for path, data in files
                        if path.startswith(folder)
                    },
                )
    except DatabaseError:
        return


def state_of(client: docker.DockerClient, image: LessonImage) -> str:
    """Return "current", why it is not available, or "" to fetch or build it."""
    try:
        tag = image_tag(image.kind)
    except ImageMissing as error:
        return str(error)
    if not has_image(client, tag):
        return ""
    if not image.files:
        return refusal(client, tag) or "current"
    built_from = client.images.get(tag).labels.get(CONTENT_LABEL)
    return "current" if built_from == content_hash(client, image) else ""


def pull_or_build(client: docker.DockerClient, image: LessonImage, report: Report) -> str:
    tag = image_tag(image.kind)
    try:
        if image.files:
            build(client, image, tag, report)
            return "built"
        report(0, f"pulling {tag}")
        client.images.pull(tag)
        return refusal(client, tag) or "pulled"
    except (ImageError, *BUILD_ERRORS) as error:
        return f"failed: {error}"


def build(client: docker.DockerClient, image: LessonImage, tag: str, report: Report) -> None:
    """Build one image. Raises ImageError."""
    text = image.files["Dockerfile"].decode(errors="replace")
    if faults := dockerfile_faults(text, settings.IMAGES_ALLOWED):
        texts = [f"Dockerfile:{line}: {name} {message}" for line, name, message in faults]
        raise ImageError("; ".join(texts))
    with time_limit(client, settings.BUILD_SECONDS) as timed_out:
        try:
            run_build(client, image, tag, report)
        except BUILD_ERRORS as error:
            late = f"took longer than {settings.BUILD_SECONDS} s"
            raise ImageError(late if timed_out.is_set() else str(error)) from error
    if reason := refusal(client, tag):
        client.images.remove(tag, force=True)
        raise ImageError(reason)


def run_build(client: docker.DockerClient, image: LessonImage, tag: str, report: Report) -> None:
    memory = settings.BUILD_MEMORY_BYTES
    events = client.api.build(
        fileobj=io.BytesIO(pack(image.files)),
        custom_context=True,
        tag=tag,
        labels={CONTENT_LABEL: content_hash(client, image)},
        network_mode=lesson_network(client),
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
            report((int(step[1]) - 1) / int(step[2]), f"building {image.name}: {step[3][:60]}")


def lesson_network(client: docker.DockerClient) -> str | None:
    """Return the network for builds of lessons, which on a private engine leads out alone.

    Elsewhere it is the engine's default: what that reaches is the operator's.
    """
    has_own = client.networks.list(names=[f"^{lesson_builds.NETWORK}$"])
    return lesson_builds.NETWORK if has_own else build_network(client)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack a build's files, its Dockerfile with this installation's names of images."""
    packed = {}
    for path, content in sorted(files.items()):
        data = with_own_names(content).encode() if path == "Dockerfile" else content
        packed[path] = data, 0o755 if data.startswith(b"#!") else 0o644
    return pack_tar(packed)


def with_own_names(dockerfile: bytes) -> str:
    return with_own_images(dockerfile.decode(errors="replace"), settings.INSTALLATION)


def content_hash(client: docker.DockerClient, image: LessonImage) -> str:
    """Return the SHA-256 of the build's files and of the images that it begins from.

    As far as those are there.
    """
    digest = hashlib.sha256(pack(image.files))
    for instruction in instructions(with_own_names(image.files["Dockerfile"])):
        if instruction.word == "FROM":
            # A stage's name, or an image that is still to be pulled.
            with suppress(ImageNotFound, APIError):
                digest.update(str(client.images.get(instruction.arguments.split()[0]).id).encode())
    return digest.hexdigest()


def refusal(client: docker.DockerClient, tag: str) -> str:
    """Return why machines can't be made from an image that is there; "" when they can."""
    attrs = client.images.get(tag).attrs
    if (attrs.get("Config") or {}).get("Volumes"):
        return "refused: it declares volumes, whose size can't be limited"
    if attrs["Size"] > settings.BUILD_IMAGE_MAX_BYTES:
        return (
            f"refused: {attrs['Size'] // 1_000_000} MB are more than DRYDOCK_BUILD_IMAGE_MAX_BYTES"
        )
    return ""


@contextmanager
def time_limit(client: docker.DockerClient, seconds: float) -> Iterator[threading.Event]:
    """Break the connections of what runs inside off after so long.

    The engine then stops a build. Yields an event that is set when that has happened.
    """
    timed_out, responses = threading.Event(), list[requests.Response]()

    def remember(response: requests.Response, **_: object) -> None:
        responses.append(response)

    def break_off() -> None:
        timed_out.set()
        for response in responses:
            with suppress(OSError, ValueError, RuntimeError):  # over already
                response.raw.shutdown()

    client.api.hooks["response"].append(remember)
    timer = threading.Timer(seconds, break_off)
    timer.start()
    try:
        yield timed_out
    finally:
        timer.cancel()
        client.api.hooks["response"].remove(remember)
