"""Make the platform's images that are no machines: the grader and the registry.

Authors' scripts run in the grader.
"""

import docker
from django.conf import settings

from checks.evidence.script_runner import IMAGE as GRADER
from operate.images.base_image import BASE_IMAGE, Report
from operate.images.machine_images import build, content_hash, ensure_image
from operate.images.registry import FOLDER, ensure_registry_image
from sandboxes.machine_types.images import tag_of


def ensure_service_images(client: docker.DockerClient, installation: str, report: Report) -> str:
    """Make sure that the engine has them; say of each "current", "tagged" or "built".

    Needs the base image, and a way out when one has to be built. Raises ImageError.
    """
    result = f"grader: {ensure_grader_image(client, installation, report)}"
    if settings.REGISTRY:
        result += f"; registry: {ensure_registry_image(client, installation, report)}"
    return result


def ensure_grader_image(client: docker.DockerClient, installation: str, report: Report) -> str:
    """Make sure that the engine has the grader's image.

    It is the first stage of the registry's Dockerfile, so that Python is fetched once for both.
    """
    content = content_hash(FOLDER, f"{client.images.get(BASE_IMAGE).id} {GRADER}")
    tag = tag_of(installation, GRADER)
    return ensure_image(
        client,
        tag,
        content,
        lambda labels: build(client, FOLDER, tag, labels, report, target=GRADER),
    )
