"""Try lessons on the engine in use, under a label of their own.

A running platform's reaper leaves them alone.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker
from docker.errors import DockerException
from requests import RequestException

from grading.verification.cases import Case
from grading.verification.rig import VerificationRig
from grading.verification.texts import TextCase
from operate.checks.typist import terminals_of
from operate.stack.machines import remove_machines
from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.images import image_tag
from sandboxes.setup_scripts import command_line

# Longer than any script of a lesson may take.
SCRIPT_SECONDS = 120


class DockerShell:
    """Run scripts over `docker exec`, for grading's verification of lessons.

    One for each engine; threads may share it.
    """

    def __init__(self, docker_url: str) -> None:
        self._client = docker.DockerClient(
            base_url=docker_url, timeout=SCRIPT_SECONDS, max_pool_size=32
        )

    def __call__(self, container_id: str, script: str) -> int:
        """Run a script in a container; return its exit code. Raises EngineError."""
        try:
            result = self._client.containers.get(container_id).exec_run(command_line(script))
        except (DockerException, RequestException) as error:
            raise EngineError(f"a script did not end: {error}") from error
        return int(result.exit_code or 0)

    def close(self) -> None:
        """Drop its connections."""
        self._client.close()


@contextlib.contextmanager
def verification_rig(
    *, docker_url: str, installation: str, var: Path, cases: Iterable[Case | TextCase]
) -> Iterator[VerificationRig]:
    """Open a rig for these cases, with the machine images of `installation`.

    Nothing of it is left on the engine afterwards. Raises EngineError when an image is not there.
    """
    label = f"{installation}-verify"
    engine = DockerEngine(
        docker_url, installation=label, sockets_dir=var / "sockets", tools_dir=var / "tools"
    )
    shell = DockerShell(docker_url)
    try:
        images = {
            kind: engine.image(image_tag(kind, installation))
            for kind in sorted(set[str]().union(*(case.kinds for case in cases)))
        }
        yield VerificationRig(engine, images, shell, terminals_of(docker_url))
    finally:
        shell.close()
        remove_machines(engine)
        remove_tools(docker_url, label)


def remove_tools(docker_url: str, label: str) -> None:
    """Remove the read-only volume with our programs, and the image it was loaded through."""
    with contextlib.closing(docker.DockerClient(base_url=docker_url)) as client:
        for volume in client.volumes.list(filters={"label": f"drydock.tools={label}"}):
            volume.remove(force=True)
        if client.images.list(f"{label}/empty"):
            client.images.remove(f"{label}/empty")
