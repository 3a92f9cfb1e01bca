"""Ask for files as pages do: what is answered, what is refused, and in which words."""

import base64
from typing import Any

import pytest

from core.budgets import CLIENT, PANELS
from panels.errors import PanelError, PanelRefused, PanelUnavailable
from panels.files.paths import bytes_of, text_of
from panels.machine import ObservedMachine
from panels.registry import find_action, panels_for
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.files_protocol import pack
from sandboxes.errors import InsideSilent
from sandboxes.machine_types.registry import machine_type, machine_types
from tests.support.machines import machine_on


class Page:
    """Ask the actions of *Files* about a machine of a fake engine's."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        handle = machine_on(engine)
        self.machine = ObservedMachine(
            "m", "box", handle.container_id, machine_type("linux"), engine, 1
        )

    def ask(self, action: str, **arguments: Any) -> Any:
        found = find_action(f"files.{action}")
        assert found is not None
        return found.run(self.machine, arguments)

    def refusal(self, action: str, **arguments: Any) -> PanelError:
        with pytest.raises(PanelError) as refused:
            self.ask(action, **arguments)
        return refused.value


@pytest.fixture
def page() -> Page:
    return Page(FakeEngine())


def test_a_file_is_written_listed_read_and_removed(page):
    saved = page.ask("write", path="/root/site/Dockerfile", text="FROM é\n", parents=True)
    assert saved == {"saved": True, "version": saved["version"], "size": 8}
    (folder,) = page.ask("list", paths=["/root/site"])["folders"]
    assert (folder["path"], folder["total"], folder["more"]) == ("/root/site", 1, False)
    assert folder["entries"][0]["name"] == "Dockerfile"
    piece = page.ask("read", path="/root/site/Dockerfile")
    assert base64.b64decode(piece["data"]).decode() == "FROM é\n"
    assert piece["version"] == saved["version"]
    page.ask("rename", path="/root/site/Dockerfile", new_path="/root/site/old")
    page.ask("mkdir", path="/root/site/src")
    assert page.ask("remove", path="/root/site") == {"removed": False, "inside": 2, "more": False}
    assert page.ask("remove", path="/root/site", whole=True) == {"removed": True}


def test_only_the_version_that_was_read_is_replaced(page):
    first = page.ask("write", path="/root/f", text="one", version="new")
    second = page.ask("write", path="/root/f", text="two", version=first["version"])
    conflict = page.ask("write", path="/root/f", text="three", version=first["version"])
    assert conflict == {"saved": False, "there": second["version"]}
    gone = page.ask("write", path="/root/gone", text="x", version=first["version"])
    assert gone == {"saved": False, "there": ""}


def test_a_large_file_is_gathered_from_pieces_up_to_the_limit(page):
    piece = base64.b64encode(b"x" * PANELS.file_piece_bytes).decode()
    for number in range(3):
        offset = number * PANELS.file_piece_bytes
        page.ask("stage", path="/root/big", key="0123abcd", offset=offset, data=piece)
    size = page.ask("write", path="/root/big", staged="0123abcd", version="new")["size"]
    assert size == 3 * PANELS.file_piece_bytes
    refused = page.refusal(
        "stage", path="/root/big", key="0123abcd", offset=PANELS.file_bytes - 5, data=piece
    )
    assert "8 MiB" in str(refused)
    assert page.ask("discard", path="/root/big", key="0123abcd") == {}


def test_a_piece_fits_a_message_of_a_page():
    path = "\\u0001" * 4000  # as JSON, when no character can be seen
    taken = len(path) + 4 * (PANELS.file_piece_bytes + 2) // 3 + 500
    assert taken < CLIENT.panel_message_bytes
    assert PANELS.file_piece_bytes <= 256 * 1024


@pytest.mark.parametrize(
    "path",
    [None, 7, "", "relative", "/a/../b", "/..", "/nul\0", "/lone\ud800", "/" + "x" * 4001, ["/a"]],
)
def test_a_path_that_is_none_is_refused(page, path):
    for action in ("read", "write", "mkdir", "remove"):
        assert isinstance(page.refusal(action, path=path, text="x"), PanelRefused)
    assert isinstance(page.refusal("list", paths=[path]), PanelRefused)
    assert isinstance(page.refusal("rename", path="/root/a", new_path=path), PanelRefused)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("list", {"paths": []}),
        ("list", {"paths": ["/"] * 9}),
        ("list", {"paths": "/"}),
        ("list", {"paths": ["/"], "offset": -1}),
        ("read", {"path": "/a", "offset": 2**53}),
        ("read", {"path": "/a", "offset": "1"}),
        ("write", {"path": "/root/a"}),
        ("write", {"path": "/root/a", "data": "no base64!"}),
        ("write", {"path": "/root/a", "text": "lone \ud800"}),
        ("write", {"path": "/root/a", "text": "x", "version": "x" * 99}),
        ("write", {"path": "/root/a", "text": "x", "version": None}),
        ("write", {"path": "/root/a", "text": "x" * (PANELS.file_piece_bytes + 1)}),
        ("write", {"path": "/root/a", "staged": "../../etc"}),
        ("stage", {"path": "/root/a", "key": "short", "data": ""}),
        ("stage", {"path": "/root/a", "key": 5, "data": ""}),
    ],
)
def test_arguments_that_are_none_are_refused(page, action, arguments):
    assert isinstance(page.refusal(action, **arguments), PanelRefused)
    assert page.engine.find(page.machine.container_id).files == {}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("full", "The machine's disk is full."),
        ("read-only", "read-only"),
        ("special", "a pipe, a socket or a device"),
        ("dangling", "a link to something that is not there"),
    ],
)
def test_a_refusal_of_the_machine_is_told_in_plain_words(page, monkeypatch, reason, words):
    monkeypatch.setattr(page.engine, "ask_files", lambda *_: pack([reason.encode(), b"ENOSUCH"]))
    refused = page.refusal("write", path="/root/a", text="x")
    assert refused.code == reason
    assert words in str(refused)
    assert "ENOSUCH" not in str(refused)


def test_an_unknown_refusal_is_told_as_the_machine_says_it(page, monkeypatch):
    monkeypatch.setattr(page.engine, "ask_files", lambda *_: pack([b"failed", b"Bad message"]))
    assert "Bad message" in str(page.refusal("read", path="/root/a"))


LIES = [
    b"",
    b"\0\0\0\1",
    b"\xff" * 20,
    pack([]),
    pack([b"ok"]),
    pack([b"ok", b"ok", b"/", b"9999999999", b"", b"500", b"f"]),
    pack([b"ok", b"ok", b"/", b"1", b"", b"1", b"z", b"1", b"644", b"1", b"name", b""]),
]


@pytest.mark.parametrize("reply", LIES)
def test_a_machine_that_lies_is_not_believed(page, monkeypatch, reply):
    monkeypatch.setattr(page.engine, "ask_files", lambda *_: reply)
    for action, arguments in (
        ("list", {"paths": ["/"]}),
        ("read", {"path": "/a"}),
        ("write", {"path": "/a", "text": "x"}),
    ):
        assert isinstance(page.refusal(action, **arguments), PanelUnavailable)


def test_a_piece_whose_figures_are_none_is_not_believed(page, monkeypatch):
    reply = pack([b"ok", b"version", b"-", b"9z", b"0", b"0"], b"content")
    monkeypatch.setattr(page.engine, "ask_files", lambda *_: reply)
    assert isinstance(page.refusal("read", path="/a"), PanelUnavailable)


def test_a_machine_whose_program_is_older_is_told_apart(page):
    page.engine.fail("ask_files", InsideSilent("no such program"))
    assert "started anew" in str(page.refusal("list", paths=["/"]))


NAMES = [
    b"plain",
    "größe 漢".encode(),
    b"\xff\xfe",
    b"caf\xe9",
    b"two\nlines",
    "\uf7ff".encode(),
    b"\xed\xa0\x80",  # a surrogate, as UTF-8 may not have it
    "mixed \uf780".encode() + b"\x80",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_text_that_leads_back_to_it(name):
    text = text_of(name)
    assert text.encode().decode() == text  # what message packs and browsers can hold
    assert bytes_of(text) == name


def test_a_name_in_utf_8_is_its_own_text():
    assert text_of("größe 漢".encode()) == "größe 漢"


def test_every_machine_but_one_whose_terminal_is_a_guests_has_the_panel():
    with_files = [
        each.name
        for each in machine_types()
        if "files" in [panel.name for panel in panels_for([each])]
    ]
    assert with_files == ["linux", "docker", "hypervisor"]


def test_only_reading_is_for_those_who_watch():
    changing = [
        name
        for name in ("list", "read", "write", "stage", "discard", "mkdir", "rename", "remove")
        if find_action(f"files.{name}").changes
    ]
    assert changing == ["write", "stage", "discard", "mkdir", "rename", "remove"]
