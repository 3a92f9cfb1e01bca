"""Pace what machines send: all terminals of one owner share a budget, whoever looks at them."""

from collections.abc import Sequence

from core.budgets import MACHINE
from core.metering.pacing import Meter, SharedByKey
from terminal.wire import ptyd_frames


class MachinePace:
    """Count the frames that the machines of one owner send to this process."""

    def __init__(self) -> None:
        self._frames = Meter(MACHINE.frames)
        self._control_frames = Meter(MACHINE.control_frames)
        self._output_bytes = Meter(MACHINE.output_bytes)

    def charge(self, frames: Sequence[ptyd_frames.Frame]) -> float:
        """Count frames; return the seconds to wait before reading more, 0 within the budget."""
        size = controls = 0
        for frame in frames:
            if frame.type == ptyd_frames.OUTPUT:
                size += len(frame.payload)
            else:
                controls += 1
        pause = max(self._frames.charge(len(frames)), self._output_bytes.charge(size))
        return max(pause, self._control_frames.charge(controls)) if controls else pause


paces_of_owners: SharedByKey[MachinePace] = SharedByKey(MachinePace)
