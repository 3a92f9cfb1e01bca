"""List and remove what an installation has on an engine."""

import docker


def labelled(client: docker.DockerClient, name: str) -> list[str]:
    """Containers and networks of one installation."""
    filters: dict[str, str | list[str] | bool] = {"label": f"drydock.installation={name}"}
    containers = [
        f"container {container.name}"
        for container in client.containers.list(all=True, filters=filters, ignore_removed=True)
    ]
    return containers + [
        f"network {container.name}" for container in client.networks.list(filters=filters)
    ]


def remove_labelled(client: docker.DockerClient, name: str) -> None:
    """Everything of one installation, its volumes and image tags too."""
    filters: dict[str, str | list[str] | bool] = {"label": f"drydock.installation={name}"}
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        container.remove(force=True)
    for network in client.networks.list(filters=filters):
        network.remove()
    for volume in client.volumes.list():
        if volume.name.startswith(f"{name}-"):
            volume.remove(force=True)
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith(f"{name}/"):
                client.images.remove(tag)
