"""Run the registry's containers on a host's Docker engine.

- The **core** has data and keys and no network at all. It listens on a unix socket in a volume.
- The **mirror**, where it is asked for, is a pull-through cache, on a socket in another volume.
  Only it has a network with a way out.
- The **filler** runs once for each image of the machine type that preloads images, see library.py.
- **Fronts** join sandboxes' networks as `registry` and pass ports 5000 to 5002 on to those
  sockets. A container can join few networks: joining takes 40 ms for the first and 300 ms for the
  hundredth, and a restart with a hundred 18 s (measured with docker.io 20.10 on two processors), so
  each front takes FRONT_NETWORKS at most. They forward no packets: a student who breaks into a
  front still has only sockets in it.

All carry the label `drydock.registry=<installation>`, not the label of machines. Errors are those
of sandboxes/errors.py. Every method may be run twice and at the same time.
"""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import docker
from docker.errors import APIError
from docker.types import Mount

from core.archives import pack_tar
from sandboxes.engine.docker.client import (
    already_done,
    connect,
    engine_errors,
    image_fact,
    is_conflict,
)
from sandboxes.engine.docker.labels import LABEL_REGISTRY
from sandboxes.engine.limits import MIB
from sandboxes.errors import EngineError
from sandboxes.registry.library import run_filler

logger = logging.getLogger(__name__)

LABEL_PART = "drydock.registry.part"
LABEL_SPEC = "drydock.registry.spec"
ALIAS = "registry"
# The private engine's network for builds (operate/engine/private_engine.py), which has a way out
# while there is an uplink.
BUILD_NETWORK = "build"
DATA = "/var/lib/registry"
SOCKETS = "/run/registry"
MIRROR_SOCKETS = "/run/mirror"
FRONT_NETWORKS = 32
STOP_SECONDS = 6


@dataclass(frozen=True)
class RegistrySpec:
    """Say what a registry is made with; another spec replaces the core.

    `key` signs passwords; sizes are in bytes; `mirror_of` is the address of a registry to be a
    cache of, "" for none.
    """

    key: bytes
    owner_bytes: int
    total_bytes: int
    mirror_of: str = ""


class RegistryEngine(Protocol):
    """Run the registry of a host."""

    def ensure(self, spec: RegistrySpec) -> None:
        """Make and start what is missing, and replace what is out of date.

        That is a core of another spec or image, and fronts that ended. Raises ImageMissing.
        """
        ...

    def joined(self) -> set[str]:
        """Return the ids of the networks that a running front is in."""
        ...

    def join(self, network_id: str) -> None:
        """Become reachable as `registry:5000` in a network.

        Raises MachineMissing when there is no such network.
        """
        ...

    def ask(self, path: str) -> dict[str, Any]:
        """Ask the gate (runtime/registry/server.py). Raises EngineError without an answer."""
        ...

    def fill(self, image: str, mark: str, files: Mapping[str, tuple[bytes, int]]) -> bool:
        """Push an image's preloaded images to `library/`, and its mark last.

        `files` are what a machine needs to push there. Returns False while another worker does.
        Raises EngineError.
        """
        ...

    def put_files(self, container_id: str, files: Mapping[str, tuple[bytes, int]]) -> None:
        """Put contents and modes, by absolute path, into a machine. Raises MachineMissing."""
        ...

    def remove(self) -> None:
        """Remove the containers and the fronts' network; pushed images stay."""
        ...


class DockerRegistry:
    """Implement RegistryEngine on a Docker engine; made without a call to it."""

    def __init__(self, docker_url: str, *, installation: str) -> None:
        self._docker_url = docker_url or "unix:///var/run/docker.sock"
        self._installation = installation
        self._name = f"{installation}-registry"

    @cached_property
    def _api(self) -> docker.APIClient:
        return connect(self._docker_url)

    def ensure(self, spec: RegistrySpec) -> None:
        with engine_errors():
            image = image_fact(self._api, f"{self._installation}/registry:latest").id
            self._ensure_part("core", spec, image)
            if spec.mirror_of:
                self._ensure_part("mirror", spec, image)
            else:
                self._remove_part("mirror")
            for row in self._containers("front"):
                self._ensure_front(row, image)

    # Core and mirror

    def _ensure_part(self, part: str, spec: RegistrySpec, image: str) -> None:
        """Have the core or the mirror running, and made with this."""
        spec_hash = hashlib.sha256(f"{image} {spec}".encode()).hexdigest()
        for row in self._containers(part):
            if row["Labels"].get(LABEL_SPEC) != spec_hash:
                self._remove(row["Id"])
        name = self._name if part == "core" else f"{self._name}-mirror"
        try:
            self._api.create_container(
                image,
                command=["python3", "-m", "gate", "serve" if part == "core" else "mirror"],
                name=name,
                hostname="registry",
                environment=environment(part, spec),
                labels={**self._labels(part), LABEL_SPEC: spec_hash},
                host_config=self._part_config(part, name),
            )
        except APIError as error:
            if not is_conflict(error):
                raise
        self._api.start(name)

    def _part_config(self, part: str, name: str) -> dict[str, Any]:
        volumes = {f"{name}-data": DATA}
        if part == "core":
            return self._host_config(
                "none", 256 * MIB, {**volumes, f"{self._name}-sockets": SOCKETS}
            )
        return self._host_config(
            self._way_out(), 256 * MIB, {**volumes, f"{name}-sockets": MIRROR_SOCKETS}
        )

    def _way_out(self) -> str:
        """Choose the network for the mirror: the network for builds, else the engine's default."""
        return BUILD_NETWORK if self._api.networks(names=[f"^{BUILD_NETWORK}$"]) else "bridge"

    def _remove_part(self, part: str) -> None:
        for row in self._containers(part):
            self._remove(row["Id"])

    def _host_config(
        self, network: str, memory_bytes: int, volumes: Mapping[str, str]
    ) -> dict[str, Any]:
        """Allow no capabilities, no writable disk but the volumes, and nothing to route with.

        `volumes` are paths by name.
        """
        labels = {LABEL_REGISTRY: self._installation}
        return self._api.create_host_config(
            network_mode=network,
            mounts=[
                Mount(path, name, type="volume", labels=labels) for name, path in volumes.items()
            ],
            mem_limit=memory_bytes,
            memswap_limit=memory_bytes,
            pids_limit=256,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            tmpfs={"/run/gate": "rw,nosuid,nodev,noexec,size=16m,uid=5000,gid=5000,mode=700"},
            sysctls=None
            if network == "none"
            else {"net.ipv4.ip_forward": "0", "net.ipv4.conf.all.arp_ignore": "1"},
            restart_policy={"Name": "unless-stopped"},
        )

    # Fronts

    def joined(self) -> set[str]:
        with engine_errors():
            return {
                network
                for row in self._containers("front")
                for network in sandbox_networks(row, running=True)
            }

    def join(self, network_id: str) -> None:
        if network_id in self.joined():
            return
        with engine_errors():
            front = self._front_with_room()
            try:
                self._api.connect_container_to_network(front, network_id, aliases=[ALIAS])
            except APIError as error:
                if "already exists" not in str(error.explanation):
                    raise

    def _front_with_room(self) -> str:
        """Return the id of a running front, a new front if need be."""
        taken = set()
        for row in self._containers("front"):
            taken.add(row["Names"][0])
            if row["State"] == "running" and len(sandbox_networks(row)) < FRONT_NETWORKS:
                return str(row["Id"])
        number = next(n for n in range(len(taken) + 1) if f"/{self._name}-front-{n}" not in taken)
        return self._make_front(f"{self._name}-front-{number}")

    def _make_front(self, name: str) -> str:
        image = image_fact(self._api, f"{self._installation}/registry:latest").id
        network = self._ensure_base_network()
        sockets = {f"{self._name}-sockets": SOCKETS, f"{self._name}-mirror-sockets": MIRROR_SOCKETS}
        try:
            self._api.create_container(
                image,
                command=["nginx", "-c", "/usr/lib/drydock/gate/front.conf"],
                name=name,
                labels={**self._labels("front"), LABEL_SPEC: image},
                host_config=self._host_config(network, 64 * MIB, sockets),
            )
        except APIError as error:
            if not is_conflict(error):
                raise
        self._api.start(name)
        return str(self._api.inspect_container(name)["Id"])

    def _ensure_base_network(self) -> str:
        """Make the network that fronts are made in.

        A container that was made in a network needs it for as long as it lives, and sandboxes'
        networks go. Nothing is in this network but fronts, which can't reach each other.
        """
        name = f"{self._name}-fronts"
        options = {
            "com.docker.network.bridge.inhibit_ipv4": "true",
            "com.docker.network.bridge.enable_icc": "false",
        }
        try:
            self._api.create_network(
                name,
                internal=True,
                check_duplicate=True,
                options=options,
                labels={LABEL_REGISTRY: self._installation},
            )
        except APIError as error:
            if not is_conflict(error):
                raise
        return name

    def _ensure_front(self, row: dict[str, Any], image: str) -> None:
        """Start a front that ended.

        A front of another image, or that is in nobody's network, goes; whoever needs a front joins
        another.
        """
        outdated = row["Labels"].get(LABEL_SPEC) != image
        if outdated or not sandbox_networks(row):
            self._remove(row["Id"])
        elif row["State"] != "running":
            try:
                self._api.start(row["Id"])
            except APIError as error:  # one of its networks is gone
                logger.warning("front %s does not start again: %s", row["Names"], error.explanation)
                self._remove(row["Id"])

    # The rest

    def ask(self, path: str) -> dict[str, Any]:
        with engine_errors():
            created = self._api.exec_create(self._name, ["python3", "-m", "gate", "ask", path])
            output = self._api.exec_start(created["Id"])
            code = self._api.exec_inspect(created["Id"])["ExitCode"]
        if code != 0:
            raise EngineError(f"the registry did not answer {path}: {output[-300:]!r}")
        return dict(json.loads(output) or {})

    def fill(self, image: str, mark: str, files: Mapping[str, tuple[bytes, int]]) -> bool:
        with engine_errors():
            return run_filler(
                self._api,
                f"{self._name}-filler",
                image=image,
                mark=mark,
                sockets={f"{self._name}-sockets": SOCKETS},
                files=files,
                labels=self._labels("filler"),
            )

    def put_files(self, container_id: str, files: Mapping[str, tuple[bytes, int]]) -> None:
        with engine_errors():
            self._api.put_archive(container_id, "/", pack_tar(files, mtime=int(time.time())))

    def remove(self) -> None:
        with engine_errors():
            for part in ("filler", "core", "mirror", "front"):
                self._remove_part(part)
            with already_done():
                self._api.remove_network(f"{self._name}-fronts")

    def _remove(self, container_id: str) -> None:
        with already_done():
            self._api.stop(container_id, timeout=STOP_SECONDS)
            self._api.remove_container(container_id, force=True)

    def _containers(self, part: str) -> list[dict[str, Any]]:
        labels = [f"{name}={value}" for name, value in self._labels(part).items()]
        return sorted(
            self._api.containers(all=True, filters={"label": labels}), key=lambda row: row["Names"]
        )

    def _labels(self, part: str) -> dict[str, str]:
        return {LABEL_REGISTRY: self._installation, LABEL_PART: part}


def environment(part: str, spec: RegistrySpec) -> dict[str, str]:
    """Set what the core or the mirror reads from its environment."""
    if part == "mirror":
        return {"REGISTRY_PROXY_REMOTEURL": spec.mirror_of, "TOTAL_BYTES": str(spec.total_bytes)}
    return {
        "KEY": spec.key.hex(),
        "OWNER_BYTES": str(spec.owner_bytes),
        "TOTAL_BYTES": str(spec.total_bytes),
    }


def sandbox_networks(row: dict[str, Any], *, running: bool = False) -> set[str]:
    """Return the ids of the sandboxes' networks that a front is in."""
    if running and row["State"] != "running":
        return set()
    networks = row["NetworkSettings"]["Networks"] or {}
    return {
        network["NetworkID"]
        for name, network in networks.items()
        if not name.endswith("-registry-fronts")
    }
