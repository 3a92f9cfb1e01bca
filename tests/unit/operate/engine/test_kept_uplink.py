"""Keep the uplink that the registry's mirror needs.

Builds meanwhile use it and leave it open, and teardown closes it.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from operate.engine import network_namespace
from operate.engine.network_namespace import Uplink, close_uplink, keep_uplink, uplink
from operate.stack.layout import Layout


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is done to links, in order; nothing is."""
    done: list[str] = []
    monkeypatch.setattr(Uplink, "open", lambda _self, _namespace: done.append("open"))
    monkeypatch.setattr(Uplink, "close", lambda _self: done.append("close"))
    monkeypatch.setattr(network_namespace, "close_off", lambda _namespace: None)
    monkeypatch.setattr(network_namespace, "host_networks", lambda: [])
    monkeypatch.setattr(network_namespace, "other_uplinks", lambda _link: {})
    forwarding = tmp_path / "ip_forward"
    forwarding.write_text("0")
    monkeypatch.setattr(network_namespace, "IP_FORWARD", forwarding)
    return done


@pytest.fixture
def layout() -> Iterator[Layout]:
    with TemporaryDirectory(prefix="dd-") as folder:  # short enough for a socket below it
        new_layout = Layout(Path(folder))
        new_layout.engine.mkdir()
        yield new_layout


def test_an_uplink_for_a_build_is_gone_afterwards(calls: list[str], layout: Layout) -> None:
    with contextlib.suppress(KeyboardInterrupt), uplink(layout):
        assert calls == ["open"]
        raise KeyboardInterrupt
    assert calls == ["open", "close"]


def test_a_build_leaves_a_kept_uplink_open(calls: list[str], layout: Layout) -> None:
    keep_uplink(layout)
    with uplink(layout):
        pass
    assert calls == ["open"]
    close_uplink(layout)
    assert calls == ["open", "close"]
    with uplink(layout):
        pass
    assert calls == ["open", "close", "open", "close"]


def test_keeping_twice_leaves_one(calls: list[str], layout: Layout) -> None:
    keep_uplink(layout)
    keep_uplink(layout)
    close_uplink(layout)
    assert calls == ["open", "close", "open", "close"]
