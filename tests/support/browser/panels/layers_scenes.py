"""The panel *Layers* with a few images: one that was built twice and pushed, and a hostile one."""

import hashlib
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser.panels.pretended_machine import PanelServer, open_panel
from tests.support.browser.scene import Cast, Scene

Steps = list[tuple[str, str, int | None]]
Act = Callable[[Page, Cast], None]

DEBIAN: Steps = [
    ("", "debuerreotype 0.15", 78_600_000),
    ("LABEL", "org.opencontainers.image.title=debian", None),
    ("ENV", "LANG=C.UTF-8", None),
    ("CMD", '["bash"]', None),
    ("COPY", "no-way-out.conf /etc/apt/apt.conf.d/90no-way-out", 94),
]
INSTALL = "apt-get update && apt-get install -y --no-install-recommends curl nginx-light"
APP: Steps = [
    *DEBIAN,
    ("RUN", f"{INSTALL} \\\n    && rm -rf /var/lib/apt/lists/*", 24_310_000),
    ("WORKDIR", "/srv/app", 0),
    ("COPY", "requirements.txt .", 212),
    ("COPY", ". .", 48_100),
    ("EXPOSE", "8080", None),
    ("USER", "www-data", None),
    ("CMD", '["nginx", "-g", "daemon off;"]', None),
]
SECOND: Steps = [
    *APP[:8],
    ("COPY", ". .", 48_230),
    ("RUN", "rm -rf /usr/share/doc /usr/share/man", 0),
    *APP[9:],
]
HOSTILE: Steps = [
    ("RUN", "<b>bold</b> \ufffd[31m <script>alert(1)</script> " + "very-long-" * 180, 3_000),
    ("COPY", "../../etc/passwd /", 0),
]


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def image(name: str, steps: Steps, created: int, reused: int = 0, source: str = "") -> Any:
    """What the observer tells of an image; layers of the same steps are the same."""
    layers, chain = [], ""
    for verb, text, size in steps:
        if size is not None:
            chain = digest(chain + verb + text + str(size))
            layers.append([chain.removeprefix("sha256:")[:16], size])
    return {
        "id": digest(name),
        "names": [name] if name else [],
        "size": sum(size for _, size in layers),
        "created": created,
        "layers": layers,
        "reused": reused,
        "reused_from": digest(source) if source else "",
        "reuse_observed": True,
    }


def steps_of(steps: Steps) -> list[dict[str, Any]]:
    described, layer = [], 0
    for number, (verb, text, size) in enumerate(steps):
        own = None if size is None else layer
        layer += size is not None
        described.append(
            {
                "verb": verb,
                "text": text,
                "layer": own,
                "size": size or 0,
                "created": 1893456000 + 60 * number,
            }
        )
    return described


IMAGES: dict[str, tuple[Steps, Any]] = {
    name: (steps, image(name, steps, created, reused, source))
    for name, steps, created, reused, source in (
        ("app:2", SECOND, 400, 5, "app:1"),
        ("app:1", APP, 300, 2, "debian:latest"),
        ("<img src=x onerror=alert(1)>:\ufffd", HOSTILE, 200, 0, ""),
        ("debian:latest", DEBIAN, 100, 0, ""),
    )
}


def node(name: str, mark: str = "added", size: int = 0, children: Any = (), **more: Any) -> Any:
    kind = "folder" if children or children is None else "file"
    counts = {"added": 0, "changed": 0, "removed": 0}
    if kind == "file":
        counts[mark] = 1
    for child in children or ():
        counts = {key: counts[key] + child[key] for key in counts}
    return {
        "name": name,
        "path": name,
        "kind": kind,
        "mark": "" if kind == "folder" else mark,
        "size": size,
        "hidden": 0,
        **counts,
        "children": None if children is None else list(children),
        "more": 0,
        **more,
    }


FILES = {
    "children": [
        node("usr", size=23_900_000, children=[
            node("sbin", size=1_240_000, children=[node("nginx", size=1_240_000)]),
            node("lib/x86_64-linux-gnu", size=14_800_000, children=None, added=61),
            node("share/doc", mark="removed", hidden=2_310_000, kind="folder", removed=1),
        ]),
        node("etc", size=398_000, children=[
            node("nginx", size=31_000, children=None, added=24),
            node("passwd", mark="changed", size=1_200, hidden=1_100),
            node("<b>not bold</b>\ufffd[31m", size=12),
        ]),
        node("var/cache/apt/pkgcache.bin", mark="removed", hidden=39_000_000),
    ],
    "more": 0,
    "total": {"size": 24_310_000, "hidden": 41_311_100, "added": 87, "changed": 1, "removed": 2},
    "largest": [
        {"path": "usr/lib/x86_64-linux-gnu/libcrypto.so.3", "size": 4_710_000, "mark": "added"},
        {"path": "usr/sbin/nginx", "size": 1_240_000, "mark": "added"},
    ],
    "cut": False,
    "skipped": 1,
    "below_known": True,
}  # fmt: skip
PUSHES = {
    "registry": True,
    "pushes": [
        {
            "name": "ada/app:2",
            "image": digest("app:2"),
            "at": 1893456000.0,
            "layers": [
                {"how": "mounted", "bytes": 29_100_000, "source": "ada/base"},
                *[
                    {"how": "had", "bytes": size, "source": ""}
                    for size in (210, 9_000_000, 32, 190)
                ],
                {"how": "sent", "bytes": 12_400, "source": ""},
                {"how": "sent", "bytes": 180, "source": ""},
            ],
        }
    ],
}


def open_layers(page: Page, base_url: str) -> PanelServer:
    """Open the panel over a machine that is only said to run."""
    images = [each for _, each in IMAGES.values()]
    sample = {"total": len(images), "unread": 0, "images": images}
    server = PanelServer(page, {"image-layers": sample, "pushes": PUSHES})
    server.answers |= {"layer-files": lambda _arguments: FILES, "image-steps": answer_steps}
    open_panel(page, base_url, "layers")
    expect(page.get_by_label("Image", exact=True)).to_be_visible()
    return server


def answer_steps(arguments: dict[str, Any]) -> dict[str, Any]:
    steps = next(steps for steps, each in IMAGES.values() if each["id"] == arguments["image"])
    return {"id": arguments["image"], "layers": [], "steps": steps_of(steps)}


def stack(page: Page, cast: Cast) -> None:
    open_layers(page, cast.platform.base_url)
    expect(page.locator(".layer__head").first).to_contain_text("EXPOSE")


def opened(page: Page, cast: Cast) -> None:
    stack(page, cast)
    page.get_by_role("button", name="RUN apt-get update").click()
    expect(page.locator(".files__row").first).to_be_visible()
    page.get_by_role("button", name="RUN apt-get update").scroll_into_view_if_needed()


def arrived(page: Page, cast: Cast) -> None:
    """An image comes while somebody reads: what is open stays open, and keeps the keyboard."""
    server = open_layers(page, cast.platform.base_url)
    page.get_by_role("button", name="RUN apt-get update").press("Enter")
    expect(page.locator(".files__row").first).to_be_visible()
    new = {**IMAGES["debian:latest"][1], "id": digest("new"), "names": ["new:1"], "created": 900}
    images = [new, *server.topics["image-layers"]["images"]]
    server.say("image-layers", {"total": len(images), "unread": 0, "images": images})
    expect(page.get_by_text("new:1 is new.")).to_be_visible()
    expect(page.get_by_role("button", name="RUN apt-get update")).to_be_focused()
    expect(page.locator(".files__row").first).to_be_visible()


def compared(page: Page, cast: Cast) -> None:
    stack(page, cast)
    page.get_by_role("button", name="Compare with app:1").click()
    expect(page.locator(".layers__join")).to_be_visible()


def hostile(page: Page, cast: Cast) -> None:
    open_layers(page, cast.platform.base_url)
    page.get_by_label("Image", exact=True).select_option(index=2)
    page.get_by_role("button", name="<script>").click()
    expect(page.locator(".files__row").first).to_be_visible()


def scene(name: str, act: Act) -> Scene:
    return Scene(f"panel-layers-{name}", "student", "", act, full=False, still=False)


LAYERS_SCENES = (
    scene("stack", stack),
    scene("opened", opened),
    scene("arrived", arrived),
    scene("compared", compared),
    scene("hostile", hostile),
)
