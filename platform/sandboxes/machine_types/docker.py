"""Describe `docker`: a box with a Docker engine of the student's own."""

from sandboxes.engine.facts import Ready
from sandboxes.engine.limits import GIB, MIB, NESTED_ENGINE_CAPABILITIES, Limits
from sandboxes.engine.seccomp import nested_engine_profile
from sandboxes.machine_types.base import MachineType

DOCKER_SOCKET = "/run/docker.sock"
DOCKER_PROGRAM = "/usr/sbin/dockerd"  # what should answer there

# dockerd and its containerd take about 100 MiB and 40 threads, so that three or four containers of
# a lesson fit; the disk holds a few images of Debian's size beside the preloaded ones, and the file
# limit lets one of them be saved.
LIMITS = Limits(
    memory_bytes=1 * GIB,
    pids=512,
    cpus=1.0,
    disk_bytes=3 * GIB,
    nofile=(1024, 8192),
    file_bytes=512 * MIB,
    capabilities=NESTED_ENGINE_CAPABILITIES,
    seccomp_profile=nested_engine_profile,
    open_system_paths=True,
)

MACHINE_TYPE = MachineType(
    "docker",
    "Docker",
    image="docker",
    limits=LIMITS,
    position=2,
    start="/usr/local/sbin/start-docker",
    ready=Ready(socket=DOCKER_SOCKET, path="/_ping"),
    has_engine=True,
    preloads_images=True,
    can_join_registry=True,
    needs_userns=True,
)
