"""Make the registry's image, and start and stop its containers with the platform."""

import contextlib
import logging

import docker

from operate.images.base_image import BASE_IMAGE, Report
from operate.images.machine_images import build, content_hash, ensure_image
from operate.images.tools import RUNTIME_DIR
from sandboxes.errors import EngineError, ImageMissing
from sandboxes.machine_types.images import tag_of
from sandboxes.models import Host
from sandboxes.registry.services import mend_registry, remove_registry

logger = logging.getLogger(__name__)

FOLDER = RUNTIME_DIR / "registry"
IMAGE = "registry"


def ensure_registry_image(client: docker.DockerClient, installation: str, report: Report) -> str:
    """Make sure that the engine has the registry's image.

    Returns "current", "tagged" or "built". Needs the base image, and a way out when it has to be
    built. Raises ImageError.
    """
    content, tag = (
        content_hash(FOLDER, str(client.images.get(BASE_IMAGE).id)),
        tag_of(installation, IMAGE),
    )
    return ensure_image(
        client, tag, content, lambda labels: build(client, FOLDER, tag, labels, report)
    )


def start_registry(host: Host) -> str:
    """Start the registry on a host now, if its image is there; return its state.

    Beat does the same later.
    """
    try:
        mend_registry(host)
    except ImageMissing:
        return "its image is not built yet"
    except EngineError as error:
        logger.warning("the registry does not start: %s", error)
        return "it does not start; see the worker's log"
    return "registry:5000 in docker machines"


def stop_registry(host: Host) -> None:
    """Remove the registry's containers; what was pushed stays."""
    with contextlib.suppress(EngineError):
        remove_registry(host)
