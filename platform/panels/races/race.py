"""Keep what is known of a race: a clock, a log, and what the contestant takes when it has answered.

A race lives in the observer's memory, and is gone with it: it is a measurement, and no record.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _

from panels.errors import PanelRefused, PanelUnavailable
from panels.untrusted import text

RaceState = Literal["idle", "preparing", "running", "done", "failed"]

LINES_MAX = 300  # a guest's boot log has some 250
LINE_CHARS = 160
NAMES_MAX = 40
# A race takes a thread, and for a virtual machine much of a core.
RACES_AT_ONCE = 8
REMEMBERED_MAX = 200


@dataclass
class Race:
    """Measure one contestant. Times are in ms since its clock began.

    Threads may ask for snapshot() while another runs the race.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    clock: Callable[[], float] = time.monotonic
    state: RaceState = "preparing"
    began: float = 0.0
    answered: float = 0.0
    kernel: str = ""
    error: str = ""
    log: list[tuple[int, str]] = field(default_factory=list)
    dropped: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Let the clock run from now on."""
        with self.lock:
            self.began, self.state = self.clock(), "running"

    def note(self, line: str, *, at_ms: int | None = None) -> None:
        """Write a line of the log, at the time of the clock unless another is known."""
        with self.lock:
            if len(self.log) >= LINES_MAX:
                self.dropped += 1
            else:
                at = self.elapsed_ms() if at_ms is None else at_ms
                self.log.append((at, text(line, LINE_CHARS)))

    def stop(self, kernel: str) -> None:
        """Stop the clock: the contestant has answered with the release of its kernel."""
        with self.lock:
            self.answered, self.kernel = self.clock(), text(kernel.strip(), 64)

    def finish(self, **facts: Any) -> None:
        """End the race with what was measured of the contestant."""
        with self.lock:
            self.facts, self.state = facts, "done"

    def fail(self, error: str) -> None:
        """End the race without a result, for this reason."""
        with self.lock:
            self.error, self.state = text(error, 300), "failed"

    def elapsed_ms(self) -> int:
        """Return the time on the clock, in ms."""
        if not self.began:
            return 0
        return round(1000 * ((self.answered or self.clock()) - self.began))

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")

    def snapshot(self) -> dict[str, Any]:
        """Return what the page shows.

        {"id", "state", "elapsed_ms", "answered", "kernel", "error", "log": [[ms, text]], "dropped",
        "facts": None or {"memory", "disk", "disk_shared", "processes", "names", …}}
        """
        with self.lock:
            return {
                "id": self.id,
                "state": self.state,
                "elapsed_ms": self.elapsed_ms(),
                "answered": bool(self.answered),
                "kernel": self.kernel,
                "error": self.error,
                "log": [list(line) for line in self.log],
                "dropped": self.dropped,
                "facts": self.facts or None,
            }


IDLE = Race(id="", state="idle")


class RaceBook:
    """Hold the latest race of each machine, and start new ones."""

    def __init__(self) -> None:
        self._races: OrderedDict[str, Race] = OrderedDict()
        self._lock = threading.Lock()

    def latest(self, machine_id: str) -> Race:
        """Return a machine's latest race, an idle one before the first."""
        return self._races.get(machine_id, IDLE)

    def start(self, machine_id: str, run: Callable[[Race], None]) -> Race:
        """Start a race in a thread of its own, which `run` ends, and return it.

        Raises PanelRefused while the machine's last one goes on, PanelUnavailable while too many
        others do.
        """
        with self._lock:
            if machine_id in self._races and not self._races[machine_id].is_over:
                raise PanelRefused(_("The race is on already."))
            on = sum(not race.is_over for race in self._races.values())
            if on >= RACES_AT_ONCE:
                raise PanelUnavailable(
                    _("Many others race now, which would spoil your times. Try again in a minute.")
                )
            race = self._races[machine_id] = Race()
            self._races.move_to_end(machine_id)
            while len(self._races) > REMEMBERED_MAX:
                self._races.popitem(last=False)
        threading.Thread(target=run, args=(race,), name="race", daemon=True).start()
        return race


RACES = RaceBook()
