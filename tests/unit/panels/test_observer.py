"""The observer samples what pages watch, once for all of them, and does what they ask for."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from core.budgets import PANELS
from core.events import publish_machine_event
from panels import messages, observer, registry
from panels.base import Action, Panel, Topic
from panels.errors import PanelRefused
from panels.machine import ObservedMachine
from panels.observer import Observer
from sandboxes.errors import EngineError
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Sandbox
from tests.support.factories import HostFactory, MachineFactory, SandboxFactory, UserFactory
from tests.support.panels import PanelPage, observing

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("memory_layer"),
    pytest.mark.asyncio,
]
WATCH = {"type": "watch", "machine": "box", "topic": "tide"}


class Tide:
    """Something to observe: each look finds what was set."""

    def __init__(self) -> None:
        self.level: Any = 1
        self.samples = 0
        self.acted: list[Any] = []

    def sample(self, machine: ObservedMachine) -> Any:
        self.samples += 1
        if isinstance(self.level, Exception):
            raise self.level
        return {"level": self.level, "machine": machine.name}

    def raise_level(self, _machine: ObservedMachine, arguments: Any) -> Any:
        self.acted.append(arguments)
        if "by" not in arguments:
            raise PanelRefused("By how much?")
        self.level += arguments["by"]
        return self.level


@pytest.fixture
def tide() -> Iterator[Tide]:
    tide = Tide()
    panel = Panel(
        "tide",
        "Tide",
        "How high the water stands.",
        "anchor",
        topics=(Topic("tide", tide.sample, seconds=30.0, follows_events=True, pause_seconds=0.01),),
        actions=(Action("raise", tide.raise_level, changes=True),),
    )
    with registry.registered(panel):
        yield tide


def sandbox_of(username: str) -> Sandbox:
    sandbox: Sandbox = SandboxFactory(user=UserFactory(username=username))
    host = HostFactory(docker_url=f"fake://panels-{username}")
    MachineFactory(sandbox=sandbox, host=host, container_id=f"box-{username}")
    return sandbox


@pytest.fixture
def sandbox(transactional_db: None) -> Sandbox:
    return sandbox_of("ada")


@asynccontextmanager
async def page_of(sandbox: Sandbox, user: Any = None) -> AsyncIterator[PanelPage]:
    page = await PanelPage(user or sandbox.user, sandbox.pk).open()
    yield page
    await page.close()


async def something_happens(sandbox: Sandbox) -> None:
    machine = await sandbox.machines.aget()
    await sync_to_async(publish_machine_event)(str(machine.pk))


async def test_page_hears_what_is_there_and_then_what_has_changed(
    tide: Tide, sandbox: Sandbox
) -> None:
    async with observing(Observer()), page_of(sandbox) as page:
        await page.say(**WATCH)
        first = await page.hear()
        assert first == {
            "type": "topic",
            "machine": "box",
            "topic": "tide",
            "data": {"level": 1, "machine": "box"},
            "error": "",
        }
        await something_happens(sandbox)  # nothing has changed, so nothing is sent
        assert await page.silent()
        tide.level = 2
        await something_happens(sandbox)
        assert (await page.hear())["data"]["level"] == 2


async def test_machine_is_sampled_once_however_many_watch(tide: Tide, sandbox: Sandbox) -> None:
    async with observing(Observer()), page_of(sandbox) as page, page_of(sandbox) as other:
        await page.say(**WATCH)
        await page.hear()
        await other.say(**WATCH)
        assert (await other.hear())["data"]["level"] == 1
        assert tide.samples == 1


async def test_nothing_is_sampled_that_nobody_sees(tide: Tide, sandbox: Sandbox) -> None:
    now = [0.0]
    async with observing(Observer(lambda: now[0])), page_of(sandbox) as page:
        await page.say(**WATCH)
        await page.hear()
        await page.say(**{**WATCH, "type": "unwatch"})
        assert await page.silent()
        now[0] += messages.LEASE_SECONDS + 1
        await something_happens(sandbox)  # wakes it: the lease is over
        assert await page.silent()
        samples = tide.samples
        await something_happens(sandbox)
        assert await page.silent()
        assert tide.samples == samples


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (PanelRefused("There is no water."), "There is no water."),
        (EngineError("refused"), observer.NO_ANSWER),
        (ValueError("ours"), observer.OUR_FAULT),
    ],
)
async def test_page_is_told_in_words_why_nothing_is_seen(
    tide: Tide, sandbox: Sandbox, fault: Exception, error: str
) -> None:
    tide.level = fault
    async with observing(Observer()), page_of(sandbox) as page:
        await page.say(**WATCH)
        message = await page.hear()
        assert (message["data"], message["error"]) == (None, error)
        tide.level = 3
        await something_happens(sandbox)
        assert (await page.hear())["data"]["level"] == 3


async def test_more_than_a_page_can_show_is_not_sent(tide: Tide, sandbox: Sandbox) -> None:
    tide.level = "x" * PANELS.sample_chars
    async with observing(Observer()), page_of(sandbox) as page:
        await page.say(**WATCH)
        message = await page.hear()
        assert (message["data"], message["error"]) == (
            None,
            "There is too much here to be shown.",
        )


async def test_machine_that_does_not_run_says_so(tide: Tide, sandbox: Sandbox) -> None:
    await sandbox.machines.aupdate(state="parked")
    async with observing(Observer()), page_of(sandbox) as page:
        await page.say(**WATCH)
        assert (await page.hear())["error"] == "The machine is not running."
        assert tide.samples == 0


async def test_machine_that_hangs_holds_up_no_other_topic(tide: Tide, sandbox: Sandbox) -> None:
    stuck = threading.Event()
    hanging = Panel(
        "hole", "Hole", "Nothing.", "anchor",
        topics=(Topic("hole", lambda _machine: stuck.wait(60), seconds=1.0),),
    )  # fmt: skip
    with registry.registered(hanging):
        try:
            async with observing(Observer()), page_of(sandbox) as page:
                await page.say(**{**WATCH, "topic": "hole"})
                await page.say(**WATCH)
                assert (await page.hear())["topic"] == "tide"
        finally:
            stuck.set()


async def test_machine_that_hangs_takes_few_threads(tide: Tide, sandbox: Sandbox) -> None:
    stuck, hung = threading.Event(), list[str]()

    def hang(machine: ObservedMachine) -> None:
        hung.append(machine.name)
        stuck.wait(60)

    holes = tuple(Topic(f"hole-{number}", hang, seconds=1.0) for number in range(9))
    with registry.registered(Panel("holes", "Holes", "Nothing.", "anchor", topics=holes)):
        try:
            async with observing(Observer()), page_of(sandbox) as page:
                for hole in holes:
                    await page.say(**{**WATCH, "topic": hole.name})
                assert await page.silent()
                assert len(hung) == PANELS.samples_at_once
                other = await sync_to_async(sandbox_of)("grace")
                async with page_of(other) as neighbour:
                    await neighbour.say(**WATCH)
                    assert (await neighbour.hear())["topic"] == "tide"
        finally:
            stuck.set()


async def test_machine_that_is_slow_is_left_alone_for_longer(tide: Tide, sandbox: Sandbox) -> None:
    now = [0.0]

    def slowly(_machine: ObservedMachine) -> int:
        now[0] += 10
        samples.append(1)
        return len(samples)

    samples: list[int] = []
    slow = Topic("slow", slowly, seconds=0.02, pause_seconds=0.01)
    with registry.registered(Panel("slow", "Slow", "Nothing.", "anchor", topics=(slow,))):
        async with observing(Observer(lambda: now[0])), page_of(sandbox) as page:
            await page.say(**{**WATCH, "topic": "slow"})
            assert (await page.hear())["data"] == 1
            assert await page.silent()
    assert len(samples) == 1


async def test_action_is_answered(tide: Tide, sandbox: Sandbox) -> None:
    async with observing(Observer()), page_of(sandbox) as page:
        act = {"type": "act", "key": "a1", "machine": "box", "action": "raise"}
        await page.say(**act, arguments={"by": 4})
        answer = {"type": "answer", "key": "a1", "data": 5, "error": "", "code": ""}
        assert await page.hear() == answer
        await page.say(**act, arguments={})
        refusal = await page.hear()
        assert (refusal["error"], refusal["code"]) == ("By how much?", "refused")


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (EngineError("refused"), observer.NO_ANSWER_ONCE, "unavailable"),
        (ValueError("ours"), observer.OUR_FAULT_ONCE, "failed"),
    ],
)
async def test_action_that_fails_says_that_it_is_not_tried_again(
    sandbox: Sandbox, fault: Exception, error: str, code: str
) -> None:
    def fail(_machine: ObservedMachine, _arguments: Any) -> Any:
        raise fault

    panel = Panel("torn", "Torn", "Torn.", "cross", actions=(Action("tear", fail),))
    with registry.registered(panel):
        async with observing(Observer()), page_of(sandbox) as page:
            await page.say(type="act", key="a1", machine="box", action="tear", arguments={})
            answer = await page.hear()
            assert (answer["error"], answer["code"]) == (error, code)


async def test_only_the_owner_changes_a_machine(tide: Tide, sandbox: Sandbox) -> None:
    teacher: User = await sync_to_async(UserFactory)(username="tess", role="instructor")
    async with observing(Observer()), page_of(sandbox, teacher) as page:
        await page.say(**WATCH)
        assert (await page.hear())["data"]["level"] == 1
        await page.say(type="act", key="a1", machine="box", action="raise", arguments={"by": 1})
        assert (await page.hear())["code"] == "refused"
        assert tide.acted == []


async def test_one_sandbox_keeps_few_requests_under_way(
    tide: Tide, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    waits: Callable[..., Any] = lambda _machine, _arguments: go.wait(60)  # noqa: E731
    panel = Panel("slow", "Slow", "Slow.", "clock", actions=(Action("wait", waits),))
    with registry.registered(panel):
        async with observing(Observer()), page_of(sandbox) as page:
            for number in range(PANELS.actions_at_once + 1):
                await page.say(
                    type="act", key=f"a{number}", machine="box", action="wait", arguments={}
                )
            answer = await page.hear()
            assert (answer["key"], answer["code"]) == (f"a{PANELS.actions_at_once}", "busy")
            go.set()
            keys = {(await page.hear())["key"] for _ in range(PANELS.actions_at_once)}
            assert keys == {f"a{number}" for number in range(PANELS.actions_at_once)}


async def test_panel_is_for_the_machines_that_it_fits(tide: Tide) -> None:
    names = [panel.name for panel in registry.panels_for([machine_type("linux")])]
    assert "tide" in names
    assert "desktop" not in names
