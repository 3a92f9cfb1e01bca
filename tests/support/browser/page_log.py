"""Note what pages complain about, so that a failure shows it."""

from collections import deque
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Response

LINES_MAX = 40


class PageLog:
    """Hold the newest complaints of all pages of a browser: errors, and requests that failed."""

    def __init__(self, browser: Browser) -> None:
        self._lines: deque[str] = deque(maxlen=LINES_MAX)
        make_context = browser.new_context

        def new_context(**options: Any) -> BrowserContext:
            context = make_context(**options)
            self._follow(context)
            return context

        browser.new_context = new_context  # type: ignore[method-assign]

    def _follow(self, context: BrowserContext) -> None:
        note = self._lines.append
        context.on("weberror", lambda error: note(f"error: {error.error}"))
        context.on("requestfailed", lambda lost: note(f"failed: {lost.failure} {lost.url}"))
        context.on("response", self._note_refusal)

    def _note_refusal(self, response: Response) -> None:
        if response.status >= 400:
            self._lines.append(f"{response.status}: {response.url}")

    def clear(self) -> None:
        """Forget what earlier tests brought."""
        self._lines.clear()

    def text(self) -> str:
        return "\n".join(self._lines) or "nothing"
