"""Ask the guest of a virtual machine what runs in it: its own words, which nobody can check."""

from typing import Any

from django.utils.translation import gettext as _

from panels.base import Topic
from panels.errors import PanelRefused, PanelUnavailable
from panels.machine import ObservedMachine
from sandboxes.engine.linux.process_tree.parsers import printable
from sandboxes.errors import EngineError, MachineMissing

SHOWN_MAX = 100
NAME_CHARS = 40
KERNEL_THREADS = 2  # their parent's number, in Linux
ASK_SECONDS = 4.0
# The guest has busybox for its init; a student may have taken it away.
COMMAND = "uname -r; busybox ps -o pid,ppid,args 2>/dev/null || ps -eo pid,ppid,args"


def read_guest_processes(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"kernel", "threads", "total", "processes": [{"pid", "parent", "name"}]}."""
    if not machine.machine_type.opens_in_guest:
        raise PanelRefused(_("This machine has no guest that could be asked."))
    try:
        output = machine.engine.ask_guest(machine.container_id, COMMAND, ASK_SECONDS)
    except MachineMissing:
        raise
    except EngineError as error:
        raise PanelUnavailable(
            _("The guest does not answer: it is off, still starting, or busy.")
        ) from error
    return parse_guest_processes(output)


def parse_guest_processes(output: bytes) -> dict[str, Any]:
    """Parse what the guest has printed, whatever it is."""
    kernel, *lines = output.decode(errors="replace").splitlines() or [""]
    processes = []
    for line in lines:
        fields = line.split(None, 2)
        if len(fields) == 3 and fields[0].isdecimal() and fields[1].isdecimal():
            pid, parent = int(fields[0][:9]), int(fields[1][:9])
            processes.append(
                {"pid": pid, "parent": parent, "name": printable(fields[2], NAME_CHARS)}
            )
    programs = [each for each in processes if KERNEL_THREADS not in (each["pid"], each["parent"])]
    return {
        "kernel": printable(kernel, NAME_CHARS),
        "threads": len(processes) - len(programs),
        "total": len(programs),
        "processes": programs[:SHOWN_MAX],
    }


GUEST_PROCESSES = Topic("guest-processes", read_guest_processes, seconds=6.0)
