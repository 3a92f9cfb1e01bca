"""*Browser* shows a published port to its student, and to nobody else; its page reaches nothing."""

import base64
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from core.budgets import PORTS
from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)

# What a page of somebody's image tries: it shows in words what came of it.
CURIOUS = """<!doctype html><title>curious</title><h1>A page of my own</h1><ul></ul><script>
const platform = "PLATFORM", list = document.querySelector("ul");
const tell = (text) => list.append(Object.assign(document.createElement("li"), {innerText: text}));
document.cookie = "own=1";
tell("cookies: " + document.cookie);
const ask = (what, path, options) => fetch(platform + path, {credentials: "include", ...options})
  .then((answer) => answer.text()).then((text) => tell(what + ": read " + text),
                                        () => tell(what + ": refused"));
ask("api", "/api/progress");
ask("change", "/api/sandboxes", {method: "POST", body: "{}"});
ask("page", "/");
const socket = new WebSocket(platform.replace("http", "ws") + "/ws/events/");
socket.onopen = () => tell("websocket: open");
socket.onclose = () => tell("websocket: refused");
try { tell("parent: " + parent.document.title); } catch { tell("parent: refused"); }
try { localStorage.own = "kept"; tell("storage: " + localStorage.own); } catch { tell("none"); }
</script>"""


def test_a_published_port_opens_for_its_student_alone(
    stack: RunningPlatform,
    new_page: Callable[[], Page],
    browser: Browser,
    newcomer: Person,
    people: dict[str, Person],
    docker_lesson: str,
) -> None:
    page = new_page()
    sign_in(page, stack.base_url, *newcomer)
    page.goto(docker_lesson)
    workspace = Workspace(page, stack.base_url).wait_live()
    page.get_by_role("button", name="Browser", exact=True).click()
    address, frame = page.get_by_label("Address in the machine"), page.frame_locator("iframe")

    # Nothing answers yet, and the page tries again by itself once something does.
    address.fill("localhost:8080")
    address.press("Enter")
    expect(frame.get_by_role("heading")).to_have_text("Nothing answers on port 8080 yet")
    workspace.focus()
    workspace.do("docker run -d --name web -p 8080:80 drydock/nginx")
    expect(page.get_by_role("button", name="Open port 8080")).to_contain_text("web")
    expect(frame.locator("body")).to_contain_text("nginx")

    text = base64.b64encode(CURIOUS.replace("PLATFORM", stack.base_url).encode()).decode()
    target = "/usr/share/nginx/html/index.html"
    workspace.focus()
    workspace.terminal(f"terminal.paste('PAGE={text}')")
    workspace.do(f"; echo $PAGE | base64 -d | docker exec -i web sh -c 'cat > {target}'")
    page.get_by_role("button", name="Load again").click()
    expect(frame.get_by_role("heading")).to_have_text("A page of my own")
    lines = frame.get_by_role("listitem")
    expect(lines).to_have_count(7)
    # What is stored in a frame of another site is the browser's affair: this one keeps nothing.
    tried = [line for line in lines.all_inner_texts() if line not in ("storage: kept", "none")]
    assert sorted(tried) == [
        "api: refused",
        "change: refused",
        "cookies:",
        "page: refused",
        "parent: refused",
        "websocket: refused",
    ]

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open in a window").click()
    window = opened.value
    expect(window.get_by_role("heading")).to_have_text("A page of my own")
    url = window.url
    for line in ("cookies: own=1", "storage: kept", "api: refused", "websocket: refused"):
        expect(window.get_by_text(line, exact=True)).to_be_visible()
    assert url.endswith("/")
    assert ".ports.localhost" in url

    # Another student, who knows the address, and somebody who is signed out.
    elsewhere = browser.new_context().new_page()
    for person in (people["outsider"], None):
        if person:
            sign_in(elsewhere, stack.base_url, *person)
        else:
            elsewhere.context.clear_cookies()
        answer = elsewhere.goto(url)
        assert answer
        assert answer.status == 404
        expect(elsewhere.get_by_role("heading")).to_have_text("There is nothing here for you")
    elsewhere.context.close()

    # The other student asks for an address of their own; the student signs out.
    other = new_page()
    sign_in(other, stack.base_url, *people["outsider"])
    machine = uuid.UUID(url.split("-")[1].split(".")[0])
    assert ask(other, f"{stack.base_url}/api/machines/{machine}/ports/8080") == 404
    assert ask(page, f"{stack.base_url}/api/machines/{machine}/ports/8080") == 200
    ask(page, f"{stack.base_url}/accounts/sign-out/")
    page.wait_for_timeout(PORTS.decision_seconds * 1000)
    window.reload()
    expect(window.get_by_role("heading")).to_have_text("There is nothing here for you")


def ask(page: Page, url: str) -> int:
    """Post as the page would; give the status."""
    token = page.evaluate("document.cookie.match(/drydock_csrf=([^;]+)/)?.[1] ?? ''")
    headers = {"X-CSRFToken": token, "Referer": page.url}
    return page.request.post(url, data={}, headers=headers).status
