"""Time the steps of a flow, for a line in the log."""

import time


class Stopwatch:
    """Note how long each step has taken, one after the other."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self._at = time.perf_counter()

    def lap(self, step: str) -> None:
        """End a step, which began where the one before ended."""
        now = time.perf_counter()
        self.steps.append((step, now - self._at))
        self._at = now

    def __str__(self) -> str:
        return ", ".join(f"{step} {seconds * 1000:.0f} ms" for step, seconds in self.steps)
