"""Build machine images: platform/runtime/images/<image>/Dockerfile.

They are tagged <installation>/<image>:latest. An image carries the hash of what it was made from as
a label, so that one that is current, or that another installation on the same engine has made, is
not built again.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

import docker
from docker.errors import BuildError, DockerException, ImageNotFound

from operate.engine.private_engine import BUILD_NETWORK
from operate.errors import ImageError
from operate.images.base_image import (
    BASE_IMAGE,
    NEWER_BASE_IMAGE,
    Report,
    ensure_base,
    has_image,
)
from operate.images.preload import PRELOADED, preload, variant
from operate.images.tools import RUNTIME_DIR
from sandboxes.machine_types.images import tag_of
from sandboxes.machine_types.registry import DEFAULT_TYPE, machine_type, machine_types

IMAGES_DIR = RUNTIME_DIR / "images"
CONTENT_LABEL = "drydock.content"
# The image that most lessons need and that others begin from: the platform serves as soon as it has
# this one.
FIRST = machine_type(DEFAULT_TYPE).image
FROM_FIRST = "FROM ${LINUX}"
# The same on the newer Debian, for those machines whose programs come from there. No machine is
# made from it.
NEWER = f"{FIRST}-13"
FROM_NEWER = "FROM ${LINUX_13}"
STEP = re.compile(r"^Step (\d+)/(\d+) : (.*)")


def image_names() -> list[str]:
    """Return every image that has a Dockerfile, those first that others begin from."""
    return sorted(
        (file.parent.name for file in IMAGES_DIR.glob("*/Dockerfile")),
        key=lambda name: (name != FIRST, name),
    )


def preloads_images(image: str) -> bool:
    """Whether an image has images of its own inside, see preload.py."""
    return any(each.image == image for each in machine_types() if each.preloads_images)


def content_hash(folder: Path, base_id: str) -> str:
    """Return the SHA-256 of an image's folder and of the base it stands on.

    Of the folder count names, modes' execute bit and contents.
    """
    digest = hashlib.sha256(base_id.encode())
    for file in sorted(
        path for path in folder.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    ):
        name, executable = file.relative_to(folder).as_posix(), file.stat().st_mode & 0o100
        digest.update(
            f"\0{name}\0{executable}\0{file.stat().st_size}\0".encode() + file.read_bytes()
        )
    return digest.hexdigest()


def ensure_images(
    client: docker.DockerClient,
    installation: str,
    uplink: AbstractContextManager[object],
    report: Report,
    only: Collection[str] = (),
) -> list[str]:
    """Make sure that the engine has the base and every machine image, or `only` these.

    Returns a line for each. `uplink` is entered only when something must be fetched or built.
    Raises ImageError.
    """
    chosen = [name for name in image_names() if not only or name in only]
    if has_image(client, BASE_IMAGE) and all(
        is_current(client, installation, name) for name in chosen
    ):
        return [f"{name}: current" for name in chosen]
    with uplink:
        lines = [f"{BASE_IMAGE}: {ensure_base(client, report)}"]
        if any(begins_from_newer(name) for name in chosen):
            lines.append(f"{NEWER_BASE_IMAGE}: {ensure_base(client, report, NEWER_BASE_IMAGE)}")
            lines.append(f"{NEWER}: {ensure_newer(client, installation, report)}")
        lines += [
            f"{name}: {ensure_machine_image(client, installation, name, report)}" for name in chosen
        ]
    return lines


def stale(client: docker.DockerClient, installation: str) -> list[str]:
    """Return the images that would have to be built or tagged, in that order."""
    return [name for name in image_names() if not is_current(client, installation, name)]


def is_current(client: docker.DockerClient, installation: str, name: str) -> bool:
    """Whether the tagged image was made from its folder, on the base that the engine has."""
    try:
        image = client.images.get(tag_of(installation, name))
        return image.labels.get(CONTENT_LABEL) == source_hash(client, installation, name)
    except ImageNotFound:
        return False


def source_hash(client: docker.DockerClient, installation: str, name: str) -> str:
    """Return the hash that a current image has.

    Raises ImageNotFound when what it begins from is not there yet.
    """
    folder = IMAGES_DIR / name
    begins = BASE_IMAGE
    if begins_from_newer(name):
        begins = current_newer(client, installation)
    elif FROM_FIRST in (folder / "Dockerfile").read_text():
        begins = tag_of(installation, FIRST)
    made_from = str(client.images.get(begins).id) + (variant() if preloads_images(name) else "")
    return content_hash(folder, made_from)


def begins_from_newer(name: str) -> bool:
    """Whether a machine's image begins from the `linux` machine on the newer Debian."""
    return FROM_NEWER in (IMAGES_DIR / name / "Dockerfile").read_text()


def newer_hash(client: docker.DockerClient) -> str:
    """Return the hash that a current image of the `linux` machine on the newer Debian has."""
    return content_hash(IMAGES_DIR / FIRST, str(client.images.get(NEWER_BASE_IMAGE).id))


def current_newer(client: docker.DockerClient, installation: str) -> str:
    """Return the tag of that image. Raises ImageNotFound when it is not current."""
    tag = tag_of(installation, NEWER)
    if client.images.get(tag).labels.get(CONTENT_LABEL) != newer_hash(client):
        raise ImageNotFound(tag)
    return tag


def ensure_newer(client: docker.DockerClient, installation: str, report: Report) -> str:
    """Make sure that the engine has it; return "current", "tagged" or "built"."""
    tag, arguments = tag_of(installation, NEWER), {"BASE": NEWER_BASE_IMAGE}
    return ensure_image(
        client,
        tag,
        newer_hash(client),
        lambda labels: build(client, IMAGES_DIR / FIRST, tag, labels, report, arguments=arguments),
    )


def ensure_machine_image(
    client: docker.DockerClient, installation: str, name: str, report: Report
) -> str:
    content = source_hash(client, installation, name)
    return ensure_image(
        client,
        tag_of(installation, name),
        content,
        lambda labels: make_machine_image(client, installation, name, labels, report),
    )


def ensure_image(
    client: docker.DockerClient, tag: str, content: str, make: Callable[[dict[str, str]], None]
) -> str:
    """Make sure that an image of this content has this tag.

    Where no installation has made one it is made by `make` with the labels for it. Returns
    "current", "tagged" or "built". Raises ImageError.
    """
    same = client.images.list(filters={"label": f"{CONTENT_LABEL}={content}"})
    if any(tag in image.tags for image in same):
        return "current"
    # The label alone does not tell: what begins from an image inherits it.
    end = tag[tag.index("/") :]
    image = next((image for image in same if any(name.endswith(end) for name in image.tags)), None)
    if image is not None:
        image.tag(*tag.split(":"))
        return "tagged"
    make({CONTENT_LABEL: content})
    return "built"


def make_machine_image(
    client: docker.DockerClient,
    installation: str,
    name: str,
    labels: dict[str, str],
    report: Report,
) -> None:
    arguments = {"LINUX": tag_of(installation, FIRST), "LINUX_13": tag_of(installation, NEWER)}
    tag = tag_of(installation, name)
    if not preloads_images(name):
        build(client, IMAGES_DIR / name, tag, labels, report, arguments=arguments)
        return
    # A label of its own, because it would inherit that of the image that it begins from.
    unfinished, folder = f"{installation}/{name}:unfinished", IMAGES_DIR / name
    loaded = [f"{installation}/preload-{stage}:latest" for stage in PRELOADED]
    build(client, folder, unfinished, {CONTENT_LABEL: "unfinished"}, report, arguments=arguments)
    for stage, image in zip(PRELOADED, loaded, strict=True):
        build(client, folder / "preload", image, {}, report, target=stage)
    preload(client, unfinished, tag, labels, loaded, report)
    for image in [*loaded, unfinished]:
        client.images.remove(image, noprune=True)


def build_network(client: docker.DockerClient) -> str | None:
    """Return the network for builds.

    A private engine has one of its own, elsewhere it is the engine's default.
    """
    return BUILD_NETWORK if client.networks.list(names=[f"^{BUILD_NETWORK}$"]) else None


def build(
    client: docker.DockerClient,
    folder: Path,
    tag: str,
    labels: dict[str, str],
    report: Report,
    *,
    arguments: dict[str, str] | None = None,
    target: str = "",
) -> None:
    """Build one image, or one stage of its Dockerfile, through the engine's API.

    Raises ImageError with the end of the build's output.
    """
    output: list[str] = []
    try:
        events = client.api.build(
            path=str(folder),
            tag=tag,
            labels=labels,
            buildargs=arguments or {},
            target=target,
            network_mode=build_network(client),
            rm=True,
            forcerm=True,
            decode=True,
        )
        for event in events:
            follow_build(event, output, tag, report)
    except (DockerException, OSError) as error:
        raise ImageError(f"{tag} could not be built: {error}\n{''.join(output)[-1500:]}") from error


def follow_build(event: dict[str, str], output: list[str], tag: str, report: Report) -> None:
    """Report one line of a build's output.

    Raises BuildError when it is the line that says that the build failed.
    """
    if "error" in event:
        raise BuildError(event["error"], iter(()))
    text = event.get("stream", "")
    output.append(text)
    step = STEP.match(text)
    if step:
        report((int(step[1]) - 1) / int(step[2]), f"building {tag}: {step[3][:60]}")
