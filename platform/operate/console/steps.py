"""Show what a command does: a line for each step, and a bar once a step takes long."""

import contextlib
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

BAR_AFTER_SECONDS = 2.0
# Where there is no terminal to draw a bar on.
LINE_EVERY_SECONDS = 5.0


class Step:
    """Report one step under way.

    `report` moves its bar; `result` is what its line says at the end.
    """

    def __init__(self, name: str, console: Console) -> None:
        self.name, self.result = name, ""
        self._console = console
        self._fraction, self._text = 0.0, ""
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._shown, self._told_at = False, 0.0

    def report(self, fraction: float, text: str) -> None:
        """Report how far it is, 0 to 1, and with what. May be called from another thread."""
        with self._lock:
            self._fraction, self._text = fraction, text
            if self._progress is not None:
                self._draw(self._progress)
            elif self._shown and time.monotonic() - self._told_at >= LINE_EVERY_SECONDS:
                self._print_line()

    def show_bar(self) -> None:
        """Show the bar from now on; on something that is no terminal, plain lines instead."""
        with self._lock:
            self._shown = True
            if not self._console.is_terminal:
                self._print_line()
                return
            columns = (
                TextColumn("  … {task.fields[step]}"),
                BarColumn(24),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.add_task(self._text, total=None, step=self.name)
            self._progress.start()
            self._draw(self._progress)

    def _print_line(self) -> None:
        self._told_at = time.monotonic()
        self._console.print(f"  … {self.name} {self._text}".rstrip(), highlight=False)

    def _draw(self, progress: Progress) -> None:
        # None draws a moving bar: under way, of unknown length
        total = 1.0 if self._fraction > 0 else None
        progress.update(
            progress.task_ids[0], completed=self._fraction, total=total, description=self._text
        )

    def hide_bar(self) -> None:
        with self._lock:
            if self._progress is not None:
                self._progress.stop()
                self._progress = None


class Steps:
    """Print the steps of one command as they end."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.began = time.monotonic()

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time what happens inside and print it as one line: name, result, seconds."""
        step, began = Step(name, self.console), time.monotonic()
        timer = threading.Timer(BAR_AFTER_SECONDS, step.show_bar)
        timer.daemon = True
        timer.start()
        ended = "[red]✗[/]"
        try:
            yield step
            ended = "[green]✓[/]"
        finally:
            timer.cancel()
            step.hide_bar()
            seconds = time.monotonic() - began
            self.console.print(f"{ended} {name:<12} {step.result}  [dim]{seconds:.1f} s[/]")

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)

    @property
    def seconds(self) -> float:
        """Return how long this command has been at work."""
        return time.monotonic() - self.began
