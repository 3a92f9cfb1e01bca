"""The PyPI package django-xterm's own browser client, as the package ships it, opens a shell on our
websocket."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.browser.people import Person
from tests.support.browser.workspace import PATIENCE_MS, sign_in, watch_console
from tests.support.clients.api import LiveStudent
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(120)

# What the package expects of the page around it: xterm.js and three addons as globals, an element
# to open in.
HOST_PAGE = """<!DOCTYPE html>
<title>django-xterm</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/vendor/xterm/css/xterm.css">
<div id="xterm" style="width: 900px; height: 500px"></div>
<script src="/static/vendor/xterm/lib/xterm.js"></script>
<script src="/static/vendor/addon-fit/lib/addon-fit.js"></script>
<script src="/static/vendor/addon-web-links/lib/addon-web-links.js"></script>
<script src="/static/vendor/addon-search/lib/addon-search.js"></script>
<script src="/static/xterm/js/xterm.js"></script>
<script>
  // The package keeps its terminal to itself.
  window.Terminal = class extends Terminal {
    constructor(options) { super(options); window.shown = this; }
  };
  window.text = () => {
    const buffer = window.shown?.buffer.active;
    const lines = Array.from({length: buffer?.length ?? 0},
        (_, row) => buffer.getLine(row).translateToString(true));
    return lines.join("\\n");
  };
</script>
"""


class PackageClient:
    """A page with the package's client in it."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        # Not page.route(): Chromium bars a page that no local server has sent from local
        # websockets.
        page.goto(f"{base_url}/healthz")
        page.set_content(HOST_PAGE)

    def open(self, address: str) -> None:
        """Call the package's function, which resolves to its websocket."""
        self.page.evaluate(
            "async url => { window.wire = await avaaXterm(url, {scrollback: 1000}) }", address
        )

    def line(self, text: str) -> None:
        """Wait for a line of the screen."""
        self.page.wait_for_function(
            "wanted => text().split('\\n').includes(wanted)", arg=text, timeout=PATIENCE_MS
        )

    def lines(self) -> list[str]:
        """The screen and what has scrolled off it, down to the cursor."""
        return str(self.page.evaluate("() => text()")).rstrip("\n").split("\n")

    def enter(self, command: str) -> None:
        self.page.locator(".xterm-helper-textarea").focus()
        self.page.keyboard.type(command)
        self.page.keyboard.press("Enter")

    def tell_size(self, columns: int, rows: int) -> None:
        """As the package's fitToScreen does once its element has changed: xterm.js first, then the
        machine."""
        script = """([columns, rows]) => {
            shown.resize(columns, rows);
            wire.send(JSON.stringify({cols: shown.cols, rows: shown.rows}));
        }"""
        self.page.evaluate(script, [columns, rows])

    @property
    def size(self) -> str:
        """As `stty size` prints it."""
        return str(self.page.evaluate("() => `${shown.rows} ${shown.cols}`"))


@pytest.fixture
def client(
    stack: RunningPlatform, new_page: Callable[..., Page], people: dict[str, Person]
) -> PackageClient:
    page = new_page(bypass_csp=True)  # the page stands for one of another site's making
    sign_in(page, stack.base_url, *people["reader"])
    return PackageClient(page, stack.base_url)


@pytest.fixture
def address(stack: RunningPlatform, people: dict[str, Person]) -> str:
    sandbox = LiveStudent(stack.base_url, *people["reader"]).ready_sandbox()
    return stack.base_url.replace("http", "ws", 1) + str(sandbox["machines"][0]["terminal"])


def test_the_packages_client_opens_a_shell(client: PackageClient, address: str) -> None:
    complaints = watch_console(client.page)
    client.open(address)
    client.enter("echo 'h'ello from $(hostname)")
    client.line("hello from box")
    client.enter("stty size | tr ' ' x")
    client.line(client.size.replace(" ", "x"))
    client.tell_size(71, 19)
    client.enter("clear; stty size | tr ' ' x")
    client.line("19x71")
    pieces = "printf '\\346\\274\\242'; sleep 0.1; printf '\\345'; sleep 0.1; printf '\\255\\227'"
    client.enter(f"clear; for i in 1 2 3; do {pieces}; done; echo")
    client.line("漢字" * 3)
    client.enter("clear; yes größer | head -n 30000; echo 'd'one")
    client.line("done")
    assert set(client.lines()[-900:-2]) == {"größer"}
    client.page.keyboard.insert_text("echo 'ü'ber")
    client.enter("")
    client.line("über")
    assert complaints == []


def test_what_was_there_is_shown_again(client: PackageClient, address: str) -> None:
    """Calling the package's function again closes its websocket and opens another onto the same
    shell."""
    client.open(address)
    client.enter("clear; KEEP=kept; echo 'o'nce")
    client.line("once")
    client.open(address)
    client.line("once")
    client.enter("echo $KEEP")
    client.line("kept")
