"""Restart the guest of a virtual machine, or boot one beside a student's shell."""

import re
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from django.utils.translation import gettext as _

from panels.errors import PanelUnavailable
from panels.machine import ObservedMachine
from panels.races.race import LINES_MAX, NAMES_MAX, Race
from panels.topics.guest_processes import COMMAND, parse_guest_processes
from panels.untrusted import text
from sandboxes.engine.facts import HostProcess
from sandboxes.engine.interface import Connection
from sandboxes.errors import EngineError

QEMU = "qemu-system"
BOOT_SECONDS, OFF_SECONDS, ASK_SECONDS = 90.0, 15.0, 10.0
POLL_SECONDS = 0.05
BASE_DISK = "/usr/share/vm/disk.qcow2"
OWN_DISKS = ("/var/lib/vm/disk.qcow2", "/var/lib/vm/resumed.qcow2")

# -- A machine whose terminal leads into its guest: that guest is restarted.

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
RESTART = "(sleep 0.2; busybox reboot) >/dev/null 2>&1 &"
ANSWER = f"{BOOT_ID}; uname -r; dmesg | head -c 60000"
KERNEL_LINE = re.compile(r"^\[ *(\d+)\.(\d{3})\d*\] (.*)$")


def restart_guest(machine: ObservedMachine, race: Race) -> None:
    """Restart a machine's guest, and run its race. Raises PanelUnavailable, EngineError."""
    engine, container_id = machine.engine, machine.container_id
    try:
        before = engine.ask_guest(container_id, BOOT_ID, ASK_SECONDS)
    except EngineError as error:
        raise PanelUnavailable(
            _("The virtual machine does not answer: turn it on in its terminal first.")
        ) from error
    old = emulator(machine)
    race.note("turn the virtual machine off")
    engine.ask_guest(container_id, RESTART, ASK_SECONDS)
    if old is not None:
        wait_until_replaced(machine, old)
    race.begin()
    race.note("qemu starts: an empty computer, a disk, a serial line")
    race.note("its terminal shows the boot; this log follows when it is over")
    kernel, lines = wait_for_answer(machine, before)
    race.stop(kernel)
    note_kernel_log(race, lines)
    race.note(f"it answers: {kernel}")
    guest = parse_guest_processes(engine.ask_guest(container_id, COMMAND, ASK_SECONDS))
    race.finish(**measure(machine, guest, emulator(machine), OWN_DISKS))


def wait_until_replaced(machine: ObservedMachine, old: HostProcess) -> None:
    """Wait until the emulator's process has ended, and another begun. Raises PanelUnavailable."""
    deadline = time.monotonic() + OFF_SECONDS
    while time.monotonic() < deadline:
        new = emulator(machine)
        if new is not None and new.numbers != old.numbers:
            return
        time.sleep(POLL_SECONDS)
    raise PanelUnavailable(_("The virtual machine did not restart."))


def wait_for_answer(machine: ObservedMachine, before: bytes) -> tuple[str, list[str]]:
    """Return the kernel's release and its log, from the first answer after a new boot."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        with suppress(EngineError):
            output = machine.engine.ask_guest(machine.container_id, ANSWER, ASK_SECONDS)
            lines = output.decode(errors="replace").splitlines()
            if len(lines) > 1 and lines[0].encode() != before.strip():
                return text(lines[1], 64), lines[2:]
        time.sleep(POLL_SECONDS)
    raise PanelUnavailable(_("The virtual machine has not answered for a minute and a half."))


def note_kernel_log(race: Race, lines: list[str]) -> None:
    """Copy a kernel's log with its own times; what comes without one is left out."""
    for line in lines[:LINES_MAX]:
        if match := KERNEL_LINE.match(line):
            race.note(match[3], at_ms=int(match[1][:6]) * 1000 + int(match[2]))


# -- A machine in which a student starts guests: one more is started, and ended again.

FOLDER = "/tmp/drydock-race"  # noqa: S108  the machine's
SOCKET = f"{FOLDER}/serial.sock"
NAME = "drydock-race"
START = f"""
rm -rf {FOLDER}; mkdir -m 700 {FOLDER} || exit 1
accelerator=tcg,tb-size=64
[ -c /dev/kvm ] && accelerator=kvm
setsid timeout 120 qemu-system-x86_64 -name {NAME} -pidfile {FOLDER}/pid \
  -machine q35,graphics=off -accel $accelerator -m 192 -nodefaults -display none -no-reboot \
  -kernel /usr/share/vm/vmlinux -initrd /usr/share/vm/initrd \
  -append "console=ttyS0 mitigations=off no_timer_check cryptomgr.notests" \
  -drive if=none,id=disk,file={BASE_DISK},format=qcow2,snapshot=on \
  -device virtio-blk-pci,drive=disk \
  -netdev user,id=net -device virtio-net-pci,netdev=net,romfile= \
  -chardev socket,id=serial,path={SOCKET},server=on,wait=on -serial chardev:serial \
  >/dev/null 2>&1 </dev/null &
"""
STOP = f"""
emulator=$(cat {FOLDER}/pid) && kill "$emulator"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$emulator" || break; sleep 0.3; done
kill -9 "$emulator"; rm -rf {FOLDER}
"""
PROMPT = b"root@guest"
# In two parts, so that the command's echo is not taken for its answer.
QUESTION = b"printf 'kernel=%s.\\n' \"$(uname -r)\"\r"
KERNEL = re.compile(rb"kernel=([0-9][^%\r\n]{0,60})\.\r?\n")
LISTING = f"{COMMAND}; printf 'end-of-%s\\n' list\r".encode()
END = b"end-of-list"
OUTPUT_MAX = 512 * 1024
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()].|[=>78cM])")


def boot_guest(machine: ObservedMachine, race: Race) -> None:
    """Boot a guest in a machine, and run its race. Raises PanelUnavailable, EngineError."""
    engine, container_id = machine.engine, machine.container_id
    race.begin()
    race.note("qemu starts: an empty computer, a disk, a serial line")
    try:
        engine.run_script(container_id, ("sh", "-c", START), 20)
        with closing(engine.open_connection(container_id, SOCKET, wait_seconds=20)) as serial:
            line = SerialLine(serial, race)
            line.read_until(PROMPT, BOOT_SECONDS)
            serial.send(QUESTION)
            answer = KERNEL.search(line.read_until(KERNEL, ASK_SECONDS))
            kernel = answer[1].decode(errors="replace") if answer else ""
            race.stop(kernel)
            race.note(f"it answers: {kernel}")
            line.race = None
            serial.send(LISTING)
            guest = parse_guest_processes(line.read_until(END, 2 * ASK_SECONDS))
        race.finish(**measure(machine, guest | {"kernel": kernel}, emulator(machine, NAME), ()))
    finally:
        engine.run_script(container_id, ("sh", "-c", STOP), 20)


class SerialLine:
    """Read a guest's serial line, and write what comes into the log of a race."""

    def __init__(self, connection: Connection, race: Race) -> None:
        self._connection = connection
        self._rest = b""
        self.race: Race | None = race

    def read_until(self, pattern: bytes | re.Pattern[bytes], seconds: float) -> bytes:
        """Return what came up to the pattern.

        Raises PanelUnavailable when it does not come in time, or too much comes.
        """
        deadline, output = time.monotonic() + seconds, b""
        while not re.search(pattern, output[-8192:]):
            remaining = deadline - time.monotonic()
            if remaining <= 0 or len(output) > OUTPUT_MAX:
                raise PanelUnavailable(_("The virtual machine has not come up."))
            try:
                data = self._connection.receive(min(remaining, 1.0))
            except TimeoutError:
                continue
            if not data:
                raise PanelUnavailable(_("The virtual machine ended before it was up."))
            output += data
            self._note(data)
        return output

    def _note(self, data: bytes) -> None:
        """Write the lines that are whole into the log."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-4096:]
        if self.race is None:
            return
        for line in lines:
            printed = ESCAPES.sub("", line.decode(errors="replace")).strip("\r")
            # The kernel's own time is about the same as the clock's, and not what is measured.
            if printed and QUESTION.strip().decode() not in printed:
                self.race.note(re.sub(r"^\[ *\d+\.\d+\] ", "", printed))


# -- Both.


def emulator(machine: ObservedMachine, name: str = "") -> HostProcess | None:
    """Find the process that is a virtual machine, if the host can see it."""
    processes: Iterator[HostProcess] = (
        each
        for each in machine.engine.process_tree(machine.container_id).processes
        if each.name.startswith(QEMU) and name in each.command and each.state != "Z"
    )
    return max(processes, key=lambda each: each.resident_bytes, default=None)


def measure(
    machine: ObservedMachine,
    guest: dict[str, Any],
    process: HostProcess | None,
    own_disks: tuple[str, ...],
) -> dict[str, Any]:
    """Measure a running guest: its memory and disk from outside, the rest by its own account."""
    sizes = [machine.engine.read_file(machine.container_id, path, 1).size for path in own_disks]
    base = machine.engine.read_file(machine.container_id, BASE_DISK, 1).size
    return {
        "image": "",
        "memory": process.resident_bytes if process else None,
        "disk": sum(sizes),
        "disk_shared": base,
        "processes": guest["total"],
        "names": [f"{each['pid']} {each['name']}" for each in guest["processes"][:NAMES_MAX]],
        "threads": guest["threads"],
    }
