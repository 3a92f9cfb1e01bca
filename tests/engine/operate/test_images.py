"""Know machine images by the hash of what they are made from.

What is current is not built again.
"""

import contextlib
import uuid

import pytest

from operate.images.machine_images import (
    FIRST,
    ensure_images,
    is_current,
)
from sandboxes.machine_types.images import tag_of


def nothing(_fraction: float, _text: str) -> None:
    pass


@contextlib.contextmanager
def no_way_out():
    pytest.fail("the uplink was opened although nothing was to be built")
    yield


def test_what_is_current_needs_no_way_out(docker_client, installation):
    lines = ensure_images(docker_client, installation, no_way_out(), nothing, only=[FIRST])
    assert lines == [f"{FIRST}: current"]


def test_another_installation_on_the_engine_only_gets_tags(docker_client, installation):
    other = f"drydock-test-{uuid.uuid4().hex[:8]}"
    try:
        lines = ensure_images(docker_client, other, contextlib.nullcontext(), nothing, only=[FIRST])
        assert f"{FIRST}: tagged" in lines
        assert is_current(docker_client, other, FIRST)
    finally:
        docker_client.images.remove(tag_of(other, FIRST))
