"""The lesson workspace as a person uses it: what tests press and type, and what they see."""

import itertools
import re
from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError, expect

COURSE = "/courses/vms-and-containers/"
LESSON = f"{COURSE}your-first-container/"
# For what takes an engine, a worker or a restarted process; conditions end it, not the clock.
# A machine that nobody has pooled is made first, and on a busy host that takes its time.
START_MS = 120_000
PATIENCE_MS = 30_000

expect.set_options(timeout=PATIENCE_MS)

_TEXT = "() => window.drydock?.text('box') ?? ''"
_marks = itertools.count(1)


def sign_in(page: Page, base_url: str, username: str, password: str) -> None:
    """Sign in through the form, and arrive at the catalogue."""
    page.goto(f"{base_url}/accounts/sign-in/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Courses", exact=True)).to_be_visible()


def watch_console(page: Page) -> list[str]:
    """A list that fills with whatever the page complains about."""
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    return complaints


class Workspace:
    """The page of the lesson *Your first container*, its machine `box`, its exercises."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url

    def open(self) -> "Workspace":
        """Load the lesson and wait for its terminal."""
        self.page.goto(self.base_url + LESSON)
        return self.wait_live()

    # --- Terminal

    @property
    def machine(self) -> Locator:
        return self.page.locator("[data-terminal=box]")

    @property
    def overlay(self) -> Locator:
        return self.page.locator("#overlay")

    @property
    def banner(self) -> Locator:
        return self.machine.locator(".machine__banner")

    @property
    def bar(self) -> Locator:
        return self.page.locator("[data-bar-title]")

    @property
    def text(self) -> str:
        """Everything on the screen and above it."""
        return str(self.page.evaluate(_TEXT))

    def terminal(self, expression: str) -> Any:
        """Ask xterm.js: a JavaScript expression over `terminal`."""
        return self.page.evaluate(
            f"() => {{ const {{ terminal }} = drydock.terminals.get('box'); return {expression} }}"
        )

    def wait_live(self) -> "Workspace":
        """Wait until the terminal is connected and shows a prompt."""
        expect(self.machine).to_have_attribute("data-state", "live", timeout=START_MS)
        self.wait_text("root@box:")
        return self

    def wait_text(self, text: str) -> None:
        """Wait until `wanted` stands in the terminal."""
        self._wait_shown("text.includes(wanted)", text)

    def wait_line(self, text: str) -> None:
        """Wait until a line of the terminal is exactly `wanted`: not a command's echo that only
        contains it."""
        self._wait_shown("text.split('\\n').includes(wanted)", text)

    def wait_prompt(self) -> None:
        """Wait until the shell has the last word: keys typed before a program has ended may be that
        program's."""
        self._wait_shown("/^root@box:.*#$/.test(text.split('\\n').at(-1))", "a prompt")

    def _wait_shown(self, condition: str, text: str) -> None:
        """Wait until a condition over the terminal's `text` and `wanted` holds."""
        function = (
            f"wanted => {{ const text = window.drydock?.text('box') ?? ''; return {condition} }}"
        )
        try:
            self.page.wait_for_function(function, arg=text, timeout=PATIENCE_MS)
        except TimeoutError:
            raise AssertionError(
                f"the terminal never showed {text!r}, but:\n{self.text[-2000:]}"
            ) from None

    def focus(self) -> None:
        """Put the keyboard into the terminal."""
        self.machine.locator(".xterm-helper-textarea").focus()

    def type(self, keys: str) -> None:
        """Press key after key."""
        self.page.keyboard.type(keys)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def enter(self, line: str) -> None:
        """Type a line and press Enter, without waiting for what it does."""
        self.type(line)
        self.press("Enter")

    def interrupt(self) -> None:
        """Press Ctrl-C and wait for the prompt: keys that come while bash still deals with it may
        be lost."""
        before = self.text
        self.press("Control+c")
        self._wait_shown(
            "text !== wanted && /^root@box:.*#$/.test(text.split('\\n').at(-1))", before
        )

    def do(self, line: str) -> None:
        """Type a command at the prompt and wait for the next one, so that what is typed next comes
        after it."""
        before = len(re.findall(r"^root@box:", self.text, re.MULTILINE))
        self.enter(line)
        more = f"(text.match(/^root@box:/gm) ?? []).length > {before}"
        self._wait_shown(
            f"{more} && /^root@box:.*#$/.test(text.split('\\n').at(-1))", f"a prompt after {line}"
        )

    def run(self, command: str) -> str:
        """Type a command at the prompt, wait for its end, return what it printed (as wrapped on the
        screen)."""
        mark = next(_marks)
        self.enter(f"echo 'b'egin-{mark}; {command}; echo 'e'nd-{mark}")
        self.wait_line(f"end-{mark}")
        match = re.search(rf"^begin-{mark}\n(.*?)^end-{mark}$", self.text, re.DOTALL | re.MULTILINE)
        assert match, self.text
        return match[1].rstrip("\n")

    def clear(self) -> None:
        """An empty screen and an empty scrollback, at a prompt."""
        self.focus()
        if (
            self.terminal("terminal.buffer.active.type") == "alternate"
        ):  # vim, where a test before has failed
            self.press("Escape")
            self.enter(":qa!")
        self.interrupt()
        self.enter("clear")
        self._wait_shown("/^root@box:.*#$/.test(text)", "an empty screen")

    def size(self) -> tuple[int, int]:
        """What xterm.js shows: columns, rows."""
        columns, rows = self.terminal("[terminal.cols, terminal.rows]")
        return columns, rows

    def wait_size_told(self) -> None:
        """Wait until the machine has the size that is shown: `stty size` prints rows before
        columns."""
        for _ in range(20):
            columns, rows = self.size()
            if self.run("stty size") == f"{rows} {columns}" and self.size() == (columns, rows):
                return
        raise AssertionError(f"stty size never became {self.size()}")

    # --- Exercises

    def exercise(self, slug: str) -> Locator:
        return self.page.locator(f"[data-exercise={slug}]")

    def check(self, slug: str) -> Locator:
        """Press *Check* and wait until the result is there; returns its status line."""
        exercise = self.exercise(slug)
        exercise.get_by_role("button", name="Check").click()
        status = exercise.locator("[data-status]")
        expect(status).to_have_text(re.compile(r"points\.$"))
        return status

    # --- Data

    def sandbox(self) -> dict[str, Any]:
        """What the page knows of its sandbox."""
        return dict(self.page.evaluate("() => drydock.sandbox.payload"))

    def mark(self) -> None:
        """Leave a mark that a reload of the page would remove."""
        self.page.evaluate("() => { window.stillThisPage = true }")

    def assert_never_reloaded(self) -> None:
        assert self.page.evaluate("() => window.stillThisPage === true"), "the page was reloaded"
