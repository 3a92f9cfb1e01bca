"""Say what a type of machine is, what it may use and what it can do."""

from dataclasses import dataclass, replace

from django.conf import settings

from sandboxes.engine.facts import SHELL_IS_ENOUGH, EngineInfo, Ready
from sandboxes.engine.limits import Limits
from sandboxes.engine.machine_paths import PTY_SERVER
from sandboxes.errors import MachineTypeRefused

DANGEROUS_SETTING = "DRYDOCK_DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS"
KVM, EMULATION = "kvm", "tcg"  # QEMU's names for what runs a guest
KVM_DEVICE = "/dev/kvm"
# These runtimes share the host's kernel with a machine. What any other does with user namespaces
# is its own affair.
PLAIN_RUNTIMES = ("", "runc", "crun")


@dataclass(frozen=True)
class MachineType:
    """Describe one type of machine: what it is made from, its bounds and its capabilities.

    `name` is the `kind` of lesson files, API and database, and `position` where the type stands in
    lists. `image` is a folder below runtime/images/; `start` is a program of the image's that the
    PTY server runs at every start of the machine, in the background; `console` is the program that
    a terminal shows instead of a shell, started for the first viewer; `ready` is what has to be
    there, besides the shell, before a student is let in.

    The capabilities: `has_engine`, a Docker engine of the student's own runs in it;
    `preloads_images`, that engine has images from the start; `can_join_registry`, it can push to
    the platform's registry and pull from it; `needs_userns`, its root must not be the kernel's, so
    it is refused by an engine without user namespaces; `runs_guests`, it runs virtual machines, on
    KVM where the operator allows that; `opens_in_guest`, its terminal leads into such a guest.
    `kvm_trial` is a program of its image's that boots a guest on KVM and fails when it can't.
    """

    name: str
    title: str
    image: str
    limits: Limits
    position: int = 1000
    start: str = ""
    console: str = ""
    ready: Ready = SHELL_IS_ENOUGH
    has_engine: bool = False
    preloads_images: bool = False
    can_join_registry: bool = False
    needs_userns: bool = False
    runs_guests: bool = False
    opens_in_guest: bool = False
    kvm_trial: str = ""

    @property
    def command(self) -> tuple[str, ...]:
        """Return what the machine runs as its init."""
        start = ("--start", self.start) if self.start else ()
        console = ("--shell", self.console, "--main", "view") if self.console else ()
        return (*PTY_SERVER, *start, *console)

    @property
    def runtime(self) -> str:
        """Return the engine's runtime for this type, "" for the engine's own default."""
        return str(settings.RUNTIMES.get(self.name, ""))

    @property
    def memory_bytes(self) -> int:
        """Return what one machine weighs in the pool's and the host's memory budget."""
        return self.limits.memory_bytes

    def accelerator(self, *, kvm_works: bool) -> str:
        """Return what runs the guests of a new machine: "kvm", "tcg", or "" for a type without."""
        if not self.runs_guests:
            return ""
        return KVM if kvm_works and self.name in settings.KVM_KINDS else EMULATION

    def limits_with(self, accelerator: str) -> Limits:
        """Return the type's limits with the device that the accelerator needs."""
        if accelerator != KVM:
            return self.limits
        return replace(self.limits, devices=(*self.limits.devices, KVM_DEVICE))

    def refuse_on(self, engine: EngineInfo) -> None:
        """Raise MachineTypeRefused when nothing on this engine keeps the machine's root apart."""
        if not self.needs_userns or engine.userns or self.runtime not in PLAIN_RUNTIMES:
            return
        if not settings.DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS:
            raise MachineTypeRefused(
                f"{self.title} machines do not run on this engine: it has no user namespaces, so "
                "that root in the machine would be root on the host. Turn on userns-remap, or set "
                f"{DANGEROUS_SETTING}=1 if you accept that every student can take over the host."
            )
