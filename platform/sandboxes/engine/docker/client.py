"""Connect to an engine, and say what the SDK's errors mean to the platform."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from sandboxes.engine.facts import ImageFact
from sandboxes.engine.linux.docker_disks import empty_disk
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing, NoRoom

# Seconds for one call. A busy engine takes several to start a machine; one that takes this long is
# as good as away.
TIMEOUT = 30
POOL_SIZE = 16

# What engines say when they are out of something, in lower case; each seen with docker.io 20.10.
NO_ROOM = (
    "non-overlapping ipv4 address pool",
    "all predefined address pools",
    "no space left",
    "quota exceeded",
)
# What dockerd says while its containerd is away: it answers, and can do nothing.
NO_CONTAINERD = (
    "containerd.sock",
    "code = unavailable",
    "transport: error while dialing",
)


def connect(docker_url: str) -> docker.APIClient:
    """Connect with the newest API version that both sides know. Raises EngineUnavailable."""
    with engine_errors():
        return docker.APIClient(
            base_url=docker_url, version="auto", timeout=TIMEOUT, max_pool_size=POOL_SIZE
        )


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what the SDK and the libraries below it raise into sandboxes/errors.py's."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageMissing(explanation(error)) from error
    except NotFound as error:
        raise MachineMissing(explanation(error)) from error
    except APIError as error:
        message = explanation(error)
        lower = message.lower()
        if any(mark in lower for mark in NO_ROOM):
            raise NoRoom(message) from error
        if any(mark in lower for mark in NO_CONTAINERD):
            raise EngineUnavailable(message) from error
        raise EngineError(message) from error
    except (
        DockerException,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        raise EngineUnavailable(str(error)) from error


@contextmanager
def already_done() -> Iterator[None]:
    """Take "no such thing" and "being removed already" as success."""
    try:
        yield
    except NotFound:
        pass
    except APIError as error:
        if not (is_conflict(error) and "already in progress" in explanation(error).lower()):
            raise


def is_conflict(error: APIError) -> bool:
    """Whether something of this name is there already, or is being removed."""
    return error.status_code == 409


def explanation(error: APIError) -> str:
    """Return the engine's own words for an error."""
    return str(error.explanation or error)


def image_fact(api: docker.APIClient, name: str) -> ImageFact:
    """Look up an image by id or name. Raises ImageNotFound (the SDK's)."""
    image: dict[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]  # the stubs leave it out
    volumes = (image.get("Config") or {}).get("Volumes") or ()
    return ImageFact(image["Id"], image["Size"], tuple(volumes))


def remove_container(api: docker.APIClient, name: str, *, btrfs_root: Path | None = None) -> None:
    """Remove a container with its anonymous volumes, running or not, if it is there.

    With `btrfs_root`, the data root of an engine on this host, its disk is emptied first, which
    spares the engine most of the work.
    """
    with already_done():
        if btrfs_root:
            api.stop(name, timeout=0)
            empty_disk(btrfs_root, str(api.inspect_container(name)["Id"]))
        api.remove_container(name, force=True, v=True)
