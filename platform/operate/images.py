"""Machine images: platform/sandboxes/images/<kind>/Dockerfile, tagged <installation>/<kind>:latest.

An image carries the hash of what it was made from as a label, so that one that is current, or that another
installation on the same engine has made, is not built again.
"""

import hashlib
import re
from contextlib import AbstractContextManager
from pathlib import Path

import docker
from docker.errors import BuildError, DockerException, ImageNotFound
from docker.models.images import Image

from operate.base_image import BASE, Report, ensure_base, has_image
from operate.engine import BUILD_NETWORK
from operate.errors import ImageError
from operate.tools import PLATFORM_DIR

IMAGES_DIR = PLATFORM_DIR / "sandboxes" / "images"
CONTENT_LABEL = "drydock.content"
STEP = re.compile(r"^Step (\d+)/(\d+) : (.*)")


def kinds() -> list[str]:
    """Every machine kind that has a Dockerfile."""
    return sorted(file.parent.name for file in IMAGES_DIR.glob("*/Dockerfile"))


def tag_of(installation: str, kind: str) -> str:
    return f"{installation}/{kind}:latest"


def content_hash(folder: Path, base_id: str) -> str:
    """SHA-256 of an image's folder (names, modes' execute bit and contents) and of the base it stands on."""
    digest = hashlib.sha256(base_id.encode())
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, executable = file.relative_to(folder).as_posix(), file.stat().st_mode & 0o100
        digest.update(f"\0{name}\0{executable}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def ensure_images(
    client: docker.DockerClient, installation: str, uplink: AbstractContextManager[object], report: Report
) -> list[str]:
    """Make sure that the engine has the base and every machine image; returns a line for each. `uplink` is entered
    only when something must be fetched or built. Raises ImageError."""
    stale = [kind for kind in kinds() if not is_current(client, installation, kind)]
    if not stale and has_image(client, BASE):
        return [f"{kind}: current" for kind in kinds()]
    with uplink:
        lines = [f"{BASE}: {ensure_base(client, report)}"]
        lines += [f"{kind}: {_ensure(client, installation, kind, report)}" for kind in kinds()]
    return lines


def is_current(client: docker.DockerClient, installation: str, kind: str) -> bool:
    """Whether the tagged image was made from what lies in its folder, on the base that the engine has."""
    try:
        image = client.images.get(tag_of(installation, kind))
        return image.labels.get(CONTENT_LABEL) == _wanted_hash(client, kind)
    except ImageNotFound:
        return False


def _wanted_hash(client: docker.DockerClient, kind: str) -> str:
    return content_hash(IMAGES_DIR / kind, str(client.images.get(BASE).id))


def _ensure(client: docker.DockerClient, installation: str, kind: str, report: Report) -> str:
    if is_current(client, installation, kind):
        return "current"
    wanted, tag = _wanted_hash(client, kind), tag_of(installation, kind)
    same = _find(client, wanted)
    if same is not None:
        same.tag(*tag.split(":"))
        return "tagged"
    build(client, IMAGES_DIR / kind, tag, {CONTENT_LABEL: wanted}, report)
    return "built"


def _find(client: docker.DockerClient, wanted: str) -> Image | None:
    images = client.images.list(filters={"label": f"{CONTENT_LABEL}={wanted}"})
    return next((image for image in images if image.tags and "drydock.snapshot" not in image.labels), None)


def build_network(client: docker.DockerClient) -> str | None:
    """The network for builds: a private engine has one of its own, elsewhere it is the engine's default."""
    return BUILD_NETWORK if client.networks.list(names=[f"^{BUILD_NETWORK}$"]) else None


def build(client: docker.DockerClient, folder: Path, tag: str, labels: dict[str, str], report: Report) -> None:
    """Build one image through the engine's API. Raises ImageError with the end of the build's output."""
    output: list[str] = []
    try:
        events = client.api.build(
            path=str(folder),
            tag=tag,
            labels=labels,
            network_mode=build_network(client),
            rm=True,
            forcerm=True,
            decode=True,
        )
        for event in events:
            _follow(event, output, tag, report)
    except (DockerException, OSError) as error:
        raise ImageError(f"{tag} could not be built: {error}\n{''.join(output)[-1500:]}") from error


def _follow(event: dict[str, str], output: list[str], tag: str, report: Report) -> None:
    """One line of a build's output. Raises BuildError when it is the line that says that the build failed."""
    if "error" in event:
        raise BuildError(event["error"], iter(()))
    text = event.get("stream", "")
    output.append(text)
    step = STEP.match(text)
    if step:
        report((int(step[1]) - 1) / int(step[2]), f"building {tag}: {step[3][:60]}")
