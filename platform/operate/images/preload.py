"""Bring images into the `docker` machine's own image.

Its engine is run once, given them, and committed with what it then has, so that every machine
starts with them, copy-on-write, and nothing is loaded. What is measured about that stands in
docs/machines.md.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
from django.conf import settings
from docker.errors import DockerException
from docker.models.containers import Container

from core.archives import pack_tar
from core.waiting import wait_until
from operate.errors import ImageError
from operate.images.base_image import Report
from sandboxes.engine.docker.connections import ExecConnection
from sandboxes.engine.docker.machines import NO_MASKS
from sandboxes.errors import EngineError
from sandboxes.machine_types.registry import machine_types

# The stages of images/docker/preload/Dockerfile; busybox is made in the machine.
PRELOADED = ("debian", "nginx", "python")
MAKE_BUSYBOX = """
set -e
cd "$(mktemp -d)"
mkdir -p bin etc root tmp
chmod 1777 tmp
cp /bin/busybox bin/
chroot . /bin/busybox --install -s /bin
grep -E '^(root|nobody|www-data):' /etc/passwd > etc/passwd
grep -E '^(root|nogroup|www-data):' /etc/group > etc/group
tar -c . | docker import -m "Debian's busybox-static" --change 'CMD ["sh"]' \
    --change 'ENV LANG=C.UTF-8' \
    --change 'LABEL org.opencontainers.image.vendor=Drydock' \
    --change 'LABEL org.opencontainers.image.title=busybox' \
    --change "LABEL org.opencontainers.image.description=\\"\\
Debian 13's busybox-static; not Docker's official image.\\"" - "$1"
"""
LABEL_PRELOAD = "drydock.preload"
READY_SECONDS = 30
LOAD_SECONDS = 120
STOP_SECONDS = 20
# See runtime/registry/front.conf.
HUB_MIRROR, LIBRARY_MIRROR = "http://registry:5001", "http://registry:5002"
CONFIGURATION = "/etc/docker/daemon.json"


def variant() -> str:
    """Return what of the settings goes into the image: part of what it is made from."""
    library = [LIBRARY_MIRROR] if settings.PRELOADED_USUAL_NAMES else []
    return json.dumps([settings.PRELOADED_USUAL_NAMES, mirror_address(), *library])


def preloaded_name(name: str) -> str:
    """Return what a preloaded image is called in the machine."""
    return f"drydock/{name}:latest"


def preload(
    client: docker.DockerClient,
    made_from: str,
    tag: str,
    labels: dict[str, str],
    images: list[str],
    report: Report,
) -> None:
    """Commit `tag` from `made_from` after its engine has loaded `images`.

    `labels` are the new image's; `images` are names on the outer engine, in the order of
    PRELOADED. Raises ImageError.
    """
    try:
        with loading_machine(client, made_from) as machine:
            configure(machine)
            machine.start()
            report(0.1, "starting its engine")
            wait_for_engine(machine)
            report(0.3, f"loading {', '.join(PRELOADED)}")
            load_images(client, machine, images)
            run_inside(machine, "sh", "-c", MAKE_BUSYBOX, "sh", preloaded_name("busybox"))
            name_images(machine, images)
            report(0.7, "committing it")
            machine.stop(timeout=STOP_SECONDS)
            changes = [
                'CMD ["bash"]',
                "ENTRYPOINT []",
                *[f"LABEL {key}={value}" for key, value in labels.items()],
            ]
            machine.commit(*tag.split(":"), pause=False, changes=changes)
    except (DockerException, EngineError, OSError) as error:
        raise ImageError(f"{tag}: the preloaded images could not be brought in: {error}") from error


@contextlib.contextmanager
def loading_machine(client: docker.DockerClient, image: str) -> Iterator[Container]:
    """Create a machine of the type that preloads, without network; not started yet.

    Its init is the engine's own start script.
    """
    machine_type = next(each for each in machine_types() if each.preloads_images)
    host_config = client.api.create_host_config(
        network_mode="none", **machine_type.limits.to_docker(size_bytes=None)
    )
    container = client.api.create_container(
        image,
        entrypoint=[machine_type.start],
        labels={LABEL_PRELOAD: image},
        host_config={**host_config, **NO_MASKS},
    )
    machine = client.containers.get(container["Id"])
    try:
        yield machine
    finally:
        machine.remove(force=True, v=True)


def mirror_address() -> str:
    return str(getattr(settings, "REGISTRY_MIRROR", ""))


def configure(machine: Container) -> None:
    """Configure where the engine asks before Docker Hub, which only some installations have.

    The registry's library comes last, so that a mirror's images go before those of the same name.
    """
    mirrors = [HUB_MIRROR] if mirror_address() else []
    mirrors += [LIBRARY_MIRROR] if settings.PRELOADED_USUAL_NAMES else []
    if not mirrors:
        return
    file = Path(settings.BASE_DIR) / "platform/runtime/images/docker/daemon.json"
    content = json.dumps({**json.loads(file.read_text()), "registry-mirrors": mirrors}, indent=4)
    machine.put_archive(
        str(Path(CONFIGURATION).parent),
        pack_tar({Path(CONFIGURATION).name: (content.encode(), 0o644)}),
    )


def wait_for_engine(machine: Container) -> None:
    def answers() -> bool:
        return exec_inside(machine, "docker", "version")[0] == 0

    if not wait_until(answers, seconds=READY_SECONDS, poll_seconds=0.1):
        log = exec_inside(machine, "tail", "-n", "5", "/var/log/dockerd.log")[1]
        raise ImageError(f"the machine's engine did not start: {log}")


def load_images(client: docker.DockerClient, machine: Container, images: list[str]) -> None:
    """Stream all images at once, so that a layer that they share goes over once."""
    with saved_images(client, images) as archive:
        stream = ExecConnection(client.api, str(machine.id), ["sh", "-c", "docker load 2>&1"])
        try:
            for chunk in archive:
                stream.send(chunk)
            stream.end_input()
            output = b"".join(iter(lambda: stream.receive(LOAD_SECONDS), b""))
        finally:
            stream.close()
    if b"Loaded image" not in output:
        text = output.decode(errors="replace").strip()
        raise ImageError(f"the machine's engine did not load the images: {text}")


@contextlib.contextmanager
def saved_images(client: docker.DockerClient, images: list[str]) -> Iterator[Iterator[bytes]]:
    """Yield the archive of several images, which the SDK offers for one only.

    https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageGetAll
    """
    api: Any = client.api
    response = api.get(
        f"{api.base_url}/v{api.api_version}/images/get", params={"names": images}, stream=True
    )
    try:
        response.raise_for_status()
        yield response.iter_content(1024 * 1024)
    finally:
        response.close()


def name_images(machine: Container, images: list[str]) -> None:
    for name, image in zip(PRELOADED, images, strict=True):
        run_inside(machine, "docker", "tag", image, preloaded_name(name))
        run_inside(machine, "docker", "rmi", "--no-prune", image)
    for name in ("busybox", *PRELOADED) if settings.PRELOADED_USUAL_NAMES else ():
        run_inside(machine, "docker", "tag", preloaded_name(name), f"{name}:latest")


def run_inside(machine: Container, *command: str) -> None:
    code, output = exec_inside(machine, *command)
    if code != 0:
        raise ImageError(f"{' '.join(command)}: {output.strip()}")


def exec_inside(machine: Container, *command: str) -> tuple[int, str]:
    """Return exit code and output of a command in the machine."""
    result: Any = machine.exec_run(list(command))
    return int(result.exit_code), bytes(result.output).decode(errors="replace")
