"""The SDK's client and what its errors mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from sandboxes.engine.interface import ImageFact
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing, NoRoom

# Seconds for one call. A busy engine takes several to start a machine; one that takes this long is as good as away.
TIMEOUT = 30
POOL_SIZE = 16

LABEL_INSTALLATION = "drydock.installation"
LABEL_REGISTRY = "drydock.registry"
# What engines say when they are out of something, in lower case; each seen with docker.io 20.10.
NO_ROOM = ("non-overlapping ipv4 address pool", "all predefined address pools", "no space left", "quota exceeded")
# What dockerd says while its containerd is away: it answers, and can do nothing.
NO_CONTAINERD = ("containerd.sock", "code = unavailable", "transport: error while dialing")


def connect(docker_url: str) -> docker.APIClient:
    """A client that speaks the newest version both sides know. Raises EngineUnavailable."""
    with engine_errors():
        return docker.APIClient(base_url=docker_url, version="auto", timeout=TIMEOUT, max_pool_size=POOL_SIZE)


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turns what the SDK and the libraries below it raise into errors.py's."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageMissing(_words(error)) from error
    except NotFound as error:
        raise MachineMissing(_words(error)) from error
    except APIError as error:
        raise _refusal(_words(error)) from error
    except (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise EngineUnavailable(str(error)) from error


def image_fact(api: docker.APIClient, name: str) -> ImageFact:
    """An image by id or name. Raises ImageNotFound (the SDK's)."""
    found: dict[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]  # the stubs leave it out
    return ImageFact(found["Id"], found["Size"], tuple((found.get("Config") or {}).get("Volumes") or ()))


def is_conflict(error: APIError) -> bool:
    """Whether something of this name is there already, or is being removed."""
    return error.status_code == 409


def remove_network(api: docker.APIClient, network: str) -> None:
    """Remove a network by id or name. The registry's forwarder, which is in each that uses it, is no reason not to.
    Raises what the SDK raises."""
    try:
        api.remove_network(network)
    except APIError as error:
        if "active endpoints" not in _words(error):
            raise
        for container in registry_ends(api, network):
            with already_done():
                api.disconnect_container_from_network(container, network, force=True)
        api.remove_network(network)


def registry_ends(api: docker.APIClient, network: str) -> set[str]:
    """The ids of the registry's forwarders in a network (registry/engine.py)."""
    inside = set(api.inspect_network(network)["Containers"] or {})
    return inside & {row["Id"] for row in api.containers(all=True, filters={"label": LABEL_REGISTRY})}


@contextmanager
def already_done() -> Iterator[None]:
    """Takes "no such thing" and "being removed already" as success."""
    try:
        yield
    except NotFound:
        pass
    except APIError as error:
        if not (is_conflict(error) and "already in progress" in _words(error).lower()):
            raise


def _words(error: APIError) -> str:
    return str(error.explanation or error)


def _refusal(words: str) -> EngineError:
    lower = words.lower()
    if any(mark in lower for mark in NO_ROOM):
        return NoRoom(words)
    if any(mark in lower for mark in NO_CONTAINERD):
        return EngineUnavailable(words)
    return EngineError(words)
