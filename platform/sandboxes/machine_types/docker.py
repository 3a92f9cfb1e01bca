"""Describe `docker`: a box with a Docker engine of the student's own."""

from sandboxes.engine.facts import Ready
from sandboxes.engine.limits import GIB, MIB, NESTED_ENGINE_CAPABILITIES, Limits
from sandboxes.engine.seccomp import nested_engine_profile
from sandboxes.machine_types.base import MachineType

# Where clients look: the call recorder listens there (runtime/call-recorder), for dockerd.
DOCKER_SOCKET = "/run/docker.sock"
# dockerd's own, which the platform asks. Machines from before the recorder have only the other, and
# a student may let dockerd listen there again.
ENGINE_SOCKETS = ("/run/dockerd.sock", DOCKER_SOCKET)
DOCKER_PROGRAM = "/usr/sbin/dockerd"  # what should answer there
CALLS_SOCKET = "/run/docker-calls.sock"  # where the recorder tells of the latest calls

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
    ready=Ready(socket=ENGINE_SOCKETS[::-1], path="/_ping"),
    has_engine=True,
    preloads_images=True,
    can_join_registry=True,
    needs_userns=True,
)
