"""Stand in for a machine, and for a worker that is killed over it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandboxes.engine.checker_protocol import ProbeCommand, ProbeFact
from sandboxes.engine.facts import EngineInfo, MachineSpec, NestedUsage, ProcessTree

FAKE_INFO = EngineInfo(
    version="fake",
    kernel="6.1.0-fake",
    userns=True,
    remap_uid=1_000_000,
    cgroup_version=2,
    storage_driver="fake",
    size_limit=True,
    seccomp=True,
    cpus=2,
    memory_bytes=4 * 1024**3,
    root_dir="/fake",
)


class Killed(BaseException):
    """Look like a killed worker from inside: nothing runs after it, and no handler swallows it."""


@dataclass
class FakeMachine:
    """Remember a machine's state; `files` are contents by path."""

    spec: MachineSpec
    container_id: str
    running: bool = False
    paused: bool = False
    starts: int = 0
    processor_seconds: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    nested: dict[str, NestedUsage] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)  # made by themselves, with nothing in them
    hostname: str = ""
    prompt_waits: bool = False
    tree: ProcessTree | None = None  # what process_tree() shows, unless it is the usual

    @classmethod
    def of(cls, spec: MachineSpec) -> "FakeMachine":
        """Make one that has not been started."""
        return cls(spec, f"c-{spec.machine_id}", prompt_waits=spec.awaits_name)

    def named(self, hostname: str) -> "FakeMachine":
        """Bear a name from now on; return itself."""
        self.hostname, self.prompt_waits = hostname, False
        return self

    def start(self, hostname: str) -> None:
        """Run, and bear this name if it is one."""
        self.starts += 0 if self.running else 1
        self.running = True
        self.hostname = hostname or self.hostname or self.spec.hostname
        self.prompt_waits = self.prompt_waits and not hostname


def interpret_script(machine: FakeMachine, script: str, seconds: int) -> int:
    """Obey lines of `write PATH TEXT`, `sleep SECONDS` and `exit CODE`; return the exit code."""
    for line in script.splitlines():
        word, _, rest = line.partition(" ")
        if word == "sleep" and float(rest) > seconds:
            return 137
        if word == "exit":
            return int(rest)
        if word == "write":
            path, _, text = rest.partition(" ")
            machine.files[path] = text.encode()
    return 0


def succeed(commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
    """Let every command end well, without output."""
    return [
        ProbeFact(command.id, 0, b"", b"", truncated=False, timed_out=False) for command in commands
    ]
