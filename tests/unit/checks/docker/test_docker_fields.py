"""Declare checks of Docker, registry and virtual machines: what is taken, and what is a fault."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.base import size_bytes
from checks.registry import CheckSpec

COMMON = {"id": "it", "message": "m", "read": "r"}
ANY: TypeAdapter[Any] = TypeAdapter(CheckSpec)

GOOD: list[dict[str, Any]] = [
    {"kind": "container", "name": "web", "ports": ["8080:80", "127.0.0.1:8080:80/tcp", "53/udp"]},
    {
        "kind": "container",
        "name": "web",
        "mounts": ["/data", "data:/data:ro", "/srv/a:/b"],
        "memory": "64 MiB",
        "cpus": 0.5,
    },
    {
        "kind": "container",
        "name": "web",
        "env": ["A=", "B", "C=x=y z"],
        "state": "exited",
        "ended_with": 1,
    },
    {"kind": "container", "name": "web", "state": "absent"},
    {
        "kind": "image",
        "name": "registry:5000/ada/app:1.0",
        "size_at_most": "40 MB",
        "entrypoint": [],
        "exposes": ["80"],
    },
    {"kind": "network", "name": "shop", "internal": True, "members": ["web"]},
    {"kind": "volume", "name": "data", "used_by": "web", "used_at": "/data"},
    {"kind": "compose", "project": "shop", "services": ["web"]},
    {"kind": "history", "event": "image-pushed", "subject": "app", "times": 2},
    {"kind": "registry", "repository": "app/web", "tag": "1.0", "same_as": "app:1"},
    {"kind": "vm", "running": True, "guest_memory": "192 MiB", "vcpus": 1},
    {"kind": "vm", "disk": "/root/vm/disk.qcow2", "disk_format": "vdi"},
    {"kind": "guest", "ask": "uname -r", "matches": "^6"},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "container", "name": "-web"}, "pattern"),
    ({"kind": "container", "name": "web", "ports": ["80:80:80:80"]}, "pattern"),
    ({"kind": "container", "name": "web", "mounts": ["data"]}, "pattern"),
    ({"kind": "container", "name": "web", "env": ["1A=2"]}, "pattern"),
    ({"kind": "container", "name": "web", "memory": "much"}, "is not a size"),
    ({"kind": "container", "name": "web", "memory": "5 s"}, "is not a size"),
    ({"kind": "container", "name": "web", "ended_with": 1}, "needs state exited"),
    ({"kind": "container", "name": "web", "state": "absent", "image": "app"}, "is not to be there"),
    ({"kind": "image", "name": "Web"}, "pattern"),
    ({"kind": "compose", "project": "shop", "services": []}, "at least 1"),
    ({"kind": "history", "event": "container-thrown"}, "container-created"),
    ({"kind": "history", "event": "image-pushed", "subject": "("}, "regular expression"),
    ({"kind": "registry", "repository": "../bob/app"}, "pattern"),
    ({"kind": "registry", "repository": "app&tag=2"}, "pattern"),
    ({"kind": "registry", "repository": "app", "tag": "1&name=bob"}, "pattern"),
    ({"kind": "vm"}, "needs one of"),
    ({"kind": "vm", "disk": "/root/d"}, "goes with"),
    ({"kind": "vm", "running": True, "disk_size": "1 GiB"}, "goes with"),
    ({"kind": "vm", "running": False, "vcpus": 1}, "nothing runs"),
    ({"kind": "vm", "disk": "/tmp/d", "disk_format": "raw"}, "no snapshot"),
    ({"kind": "guest", "ask": "uname"}, "needs one of"),
]


@pytest.mark.parametrize("check_fields", GOOD, ids=lambda check_fields: check_fields["kind"])
def test_what_is_taken_comes_back(check_fields: dict[str, Any]) -> None:
    check = ANY.validate_python({**COMMON, **check_fields})
    assert check.model_dump(mode="json", exclude_unset=True) == {**COMMON, **check_fields}


@pytest.mark.parametrize(
    ("check_fields", "message"), BAD, ids=lambda check_fields: str(check_fields)[:60]
)
def test_what_is_a_fault(check_fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ANY.validate_python({**COMMON, **check_fields})


def test_sizes() -> None:
    assert (size_bytes("64 MiB"), size_bytes("40MB"), size_bytes("512")) == (
        64 * 1024**2,
        40_000_000,
        512,
    )
