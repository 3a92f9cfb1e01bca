"""The kinds of machines: what each is, what it may use, and how one tells that it is ready."""

from dataclasses import dataclass

from django.conf import settings

from core.machine_kinds import MachineKind
from sandboxes.engine.interface import PTY_SERVER, SHELL_IS_ENOUGH, EngineInfo, Ready
from sandboxes.engine.limits import DOCKER, HYPERVISOR, LINUX, VM, Limits
from sandboxes.errors import KindRefused

DANGEROUS_SETTING = "DRYDOCK_DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS"
DOCKER_SOCKET = "/run/docker.sock"
DOCKER_PROGRAM = "/usr/sbin/dockerd"  # what should answer there
KVM, EMULATION = "kvm", "tcg"  # QEMU's names for what runs a guest
KVM_DEVICE = "/dev/kvm"
# The runtimes that share the host's kernel with a machine. What any other does with user namespaces is its own affair.
PLAIN_RUNTIMES = ("", "runc", "crun")


@dataclass(frozen=True)
class Kind:
    """One kind. `image` is a folder below images/; `start` is a program of the image's that the PTY server runs at
    every start of the machine, in the background; `console` is the program that a terminal shows instead of a shell,
    started for the first viewer; `ready` is what has to be there, besides the shell, before a student is let in;
    `needs_userns` refuses an engine on which root in the machine would be root for the kernel; `runs_guests` says that
    it runs virtual machines, by what acceleration.py finds."""

    name: MachineKind
    title: str
    limits: Limits
    image: str
    start: str = ""
    console: str = ""
    ready: Ready = SHELL_IS_ENOUGH
    needs_userns: bool = False
    runs_guests: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """What the machine runs as its init."""
        start = ("--start", self.start) if self.start else ()
        console = ("--shell", self.console, "--main", "view") if self.console else ()
        return (*PTY_SERVER, *start, *console)

    @property
    def runtime(self) -> str:
        """The engine's runtime for this kind, "" for the engine's own default."""
        return str(settings.RUNTIMES.get(self.name, ""))

    @property
    def memory_bytes(self) -> int:
        """What one machine weighs in the pool's and the host's memory budget."""
        return self.limits.memory_bytes

    def refuse_on(self, engine: EngineInfo) -> None:
        """Raise KindRefused when this engine lacks what keeps the machine's root apart from the host's."""
        if not self.needs_userns or engine.userns or self.runtime not in PLAIN_RUNTIMES:
            return
        if not settings.DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS:
            raise KindRefused(
                f"{self.title} machines do not run on this engine: it has no user namespaces, so that root in the "
                f"machine would be root on the host. Turn on userns-remap, or set {DANGEROUS_SETTING}=1 if you accept "
                "that every student can take over the host."
            )


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("linux", "Linux", LINUX, image="linux"),
        Kind(
            "docker",
            "Docker",
            DOCKER,
            image="docker",
            start="/usr/local/sbin/start-docker",
            ready=Ready(socket=DOCKER_SOCKET, path="/_ping"),
            needs_userns=True,
        ),
        # The first terminal starts the guest, so that it shows the first line; until then the machine weighs nothing.
        Kind("vm", "Virtual machine", VM, image="vm", console="/usr/local/lib/vm/boot-console", runs_guests=True),
        Kind(
            "vm-resume",
            "Resumed virtual machine",
            VM,
            image="vm",
            console="/usr/local/lib/vm/resume-console",
            runs_guests=True,
        ),
        Kind("hypervisor", "Hypervisor", HYPERVISOR, image="vm", runs_guests=True),
    )
}

# Those in which a Docker engine of the student's own runs.
ENGINE_KINDS = tuple(name for name, kind in KINDS.items() if kind.ready.socket == DOCKER_SOCKET)


def tag_of(installation: str, image: str) -> str:
    """The name on the engine of an image that is made from a folder below images/."""
    return f"{installation}/{image}:latest"


def kind_of(name: str) -> Kind:
    """The kind of this name. One that is not known (an instructor's own image) is a plain Linux machine."""
    return KINDS.get(name, KINDS["linux"])


def limits_for(name: str) -> Limits:
    """The limits of a machine kind."""
    return kind_of(name).limits


def most_open_files() -> int:
    """How many files one machine, of whatever kind, may have open."""
    return max(kind.limits.open_files for kind in KINDS.values())
