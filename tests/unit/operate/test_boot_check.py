"""`hostcheck --boot`: one machine of each kind is started, reported and removed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from operate.checks.boot_check import boot_each, format_boots
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.registry import machine_types, type_names


@pytest.fixture
def engine(settings: Any) -> Iterator[FakeEngine]:
    """One that has every image; nothing of ours may be left on it."""
    settings.INSTALLATION = "drydock"
    fake = FakeEngine()
    fake.images = {
        f"drydock/{kind.image}:latest": ImageFact(f"sha256:{kind.image}", 300)
        for kind in machine_types()
    }
    yield fake
    assert fake.machines == {}
    assert fake.networks == set()


def answers(engine: FakeEngine) -> dict[str, str]:
    return {line.split()[1]: line.split()[0] for line in format_boots(boot_each(engine, "socket"))}


def test_one_of_each_kind_is_booted_and_removed(engine: FakeEngine) -> None:
    assert answers(engine) == dict.fromkeys(type_names(), "yes")
    assert [name for name, _ in engine.calls].count("wait_until_ready") == len(type_names())


def test_kind_that_does_not_boot_leaves_the_others_alone(engine: FakeEngine) -> None:
    del engine.images["drydock/vm:latest"]  # of three kinds
    engine.fail("wait_for_shell", EngineError("no shell after 10 s"))
    boots = boot_each(engine, "socket")
    assert answers(engine) == {**dict.fromkeys(type_names(), "NO"), "linux": "yes", "docker": "yes"}
    assert (boots[0].machine_type, boots[0].detail) == ("linux", "no shell after 10 s")
    assert {result.detail for result in boots if result.machine_type.startswith("vm")} == {
        "its image is not built yet"
    }


def test_runtime_of_a_kind_is_used_and_told(
    engine: FakeEngine, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUNTIMES = {"docker": "kata"}
    runtimes: dict[str, str] = {}
    create = engine.create_machine
    monkeypatch.setattr(
        engine,
        "create_machine",
        lambda spec: runtimes.update({spec.kind: spec.runtime}) or create(spec),
    )
    boots = {result.machine_type: result.detail for result in boot_each(engine, "socket")}
    assert runtimes == {**dict.fromkeys(type_names(), ""), "docker": "kata"}
    assert (boots["docker"], boots["linux"]) == ("runtime kata", "runtime of the engine")


def test_refusal_without_user_namespaces_is_told(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = replace(engine.cached_info(), userns=False)
    monkeypatch.setattr(engine, "cached_info", lambda: without)
    results = {result.machine_type: result for result in boot_each(engine, "socket")}
    assert results["docker"].seconds is None
    assert "DRYDOCK_DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS=1" in results["docker"].detail
    assert results["linux"].seconds is not None
