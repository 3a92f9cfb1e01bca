"""Observe what pages watch, once for all of them, and do what they ask for.

One process a host (`manage.py observe`). Engines are asked in threads, a few at a time; a machine
that does not answer holds up none but its own topics. Nothing here is kept: what is watched comes
again every few seconds (messages.py).
"""

import asyncio
import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from channels.layers import get_channel_layer
from django import db
from django.utils.translation import gettext as _

from core.budgets import PANELS
from core.events import MACHINE_EVENTS
from panels import messages
from panels.access import machine_of
from panels.base import Action, Topic
from panels.errors import PanelError, PanelRefused, PanelUnavailable
from panels.machine import ObservedMachine
from panels.registry import find_action, find_topic
from sandboxes.errors import EngineError
from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type

logger = logging.getLogger(__name__)

# Who takes longer to answer is left alone for so many times as long: a machine that hangs must not
# keep the threads that others wait for.
SLOW_SECONDS, SLOW_PAUSES = 1.0, 4.0

# A topic is sampled again by itself; an action is not.
NO_ANSWER = "The machine does not answer. It is tried again."
OUR_FAULT = "Something went wrong on our side. It is tried again."
NO_ANSWER_ONCE = "The machine does not answer. Try again in a moment."
OUR_FAULT_ONCE = "Something went wrong on our side. Try again in a moment."

Key = tuple[str, str, str]  # sandbox, machine's name, topic


@dataclass
class Watch:
    """Hold what is known of a topic of a machine that somebody watches."""

    topic: Topic
    leased_until: float
    machine_id: str = ""
    digest: str = ""
    latest: dict[str, Any] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    # Of all topics of the machine.
    gate: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(PANELS.samples_at_once)
    )


class Observer:
    """Sample the topics that are watched, and run actions. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._layer = get_channel_layer()
        self._watches: dict[Key, Watch] = {}
        self._gates: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acting: Counter[str] = Counter()  # by sandbox
        self._threads = ThreadPoolExecutor(PANELS.observer_threads, "observer")

    async def run(self, stop: asyncio.Event) -> None:
        """Listen to web processes until `stop` is set."""
        listening = asyncio.create_task(self._listen())
        await stop.wait()
        for task in (listening, *self._tasks):
            task.cancel()
        await asyncio.gather(listening, *self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _listen(self) -> None:
        while True:
            try:
                channel = await self._layer.new_channel()
                await self._layer.group_add(messages.OBSERVERS, channel)
                await self._layer.group_add(MACHINE_EVENTS, channel)
                while True:
                    self.handle(await self._layer.receive(channel))
            except Exception:  # whatever the layer's client raises; Redis comes back
                logger.warning("the observer does not hear pages", exc_info=True)
                await asyncio.sleep(1.0)

    def handle(self, message: dict[str, Any]) -> None:
        """Begin what a message asks for; never waits."""
        if message["type"] == "observer.watch":
            self._watch(message)
        elif message["type"] == "observer.act":
            self._spawn(self._act(message))
        elif message["type"] == "machine.event":
            for watch in self._watches.values():
                if watch.machine_id == message["machine_id"] and watch.topic.follows_events:
                    watch.wake.set()

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Topics.

    def _watch(self, message: dict[str, Any]) -> None:
        key = (message["sandbox"], message["machine"], message["topic"])
        until = self._clock() + messages.LEASE_SECONDS
        watch = self._watches.get(key)
        if watch is None:
            topic = find_topic(message["topic"])
            if topic is None or len(self._watches) >= PANELS.watched_topics:
                return
            self._watches[key] = watch = Watch(topic, until)
            # Topics of a machine share their gate for as long as one of them is watched.
            watch.gate = self._gates.setdefault(key[:2], watch.gate)
            self._spawn(self._observe(key, watch))
            return  # the first sample goes to the group, and so to whoever asked
        watch.leased_until = until
        if message["channel"] and watch.latest is not None:
            self._spawn(self._send(message["channel"], watch.latest))

    async def _observe(self, key: Key, watch: Watch) -> None:
        """Sample a topic, and send what has changed, until nobody has watched for a while."""
        sandbox_id, name, topic = key
        group = messages.topic_group(sandbox_id, name, topic)
        try:
            while watch.leased_until > self._clock():
                watch.wake.clear()
                async with watch.gate:
                    began = self._clock()
                    message = await self._sample(sandbox_id, name, watch)
                    took = self._clock() - began
                text = json.dumps(message, sort_keys=True, default=str)
                digest = hashlib.sha256(text.encode()).hexdigest()
                if len(text) > PANELS.sample_chars:
                    error = _("There is too much here to be shown.")
                    message = messages.sample_message(name, topic, error=error)
                if digest != watch.digest:
                    watch.digest, watch.latest = digest, message
                    await self._send_group(group, message)
                pause = max(watch.topic.pause_seconds, SLOW_PAUSES * (took - SLOW_SECONDS))
                await asyncio.sleep(pause)
                try:
                    rest = max(0.01, watch.topic.seconds - pause)
                    await asyncio.wait_for(watch.wake.wait(), rest)
                except TimeoutError:
                    pass
        finally:
            self._watches.pop(key, None)

    async def _sample(self, sandbox_id: str, name: str, watch: Watch) -> dict[str, Any]:
        try:
            machine = await self._in_thread(observed_machine, sandbox_id, name)
            watch.machine_id = machine.machine_id
            data = await self._in_thread(watch.topic.sample, machine)
            return messages.sample_message(name, watch.topic.name, data=data)
        except PanelError as error:
            return messages.sample_message(name, watch.topic.name, error=str(error))
        except EngineError as error:
            logger.info("%s of %s in %s: %s", watch.topic.name, name, sandbox_id, error)
            return messages.sample_message(name, watch.topic.name, error=NO_ANSWER)
        except Exception:  # a panel's fault stays its own
            logger.exception("%s of %s in %s failed", watch.topic.name, name, sandbox_id)
            return messages.sample_message(name, watch.topic.name, error=OUR_FAULT)

    # Actions.

    async def _act(self, message: dict[str, Any]) -> None:
        sandbox_id, key, channel = message["sandbox"], message["key"], message["channel"]
        if self._acting[sandbox_id] >= PANELS.actions_at_once:
            busy = _("Your machine is busy with what was asked before. Try again in a moment.")
            await self._send(channel, messages.answer_message(key, error=busy, code="busy"))
            return
        self._acting[sandbox_id] += 1
        try:
            await self._send(channel, await self._answer(message))
        finally:
            self._acting[sandbox_id] -= 1
            if not self._acting[sandbox_id]:
                del self._acting[sandbox_id]

    async def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        key, action = message["key"], find_action(message["action"])
        try:
            if action is None:
                raise PanelRefused(_("This panel is newer than the platform: reload the page."))
            machine = await self._in_thread(
                observed_machine, message["sandbox"], message["machine"]
            )
            data = await self._run(action, machine, message["arguments"])
            return messages.answer_message(key, data=data)
        except PanelError as error:
            return messages.answer_message(key, error=str(error), code=error.code)
        except TimeoutError:
            late = _("It takes too long; it may still happen.")
            return messages.answer_message(key, error=late, code="unavailable")
        except EngineError as error:
            logger.info("%s in %s: %s", message["action"], message["sandbox"], error)
            return messages.answer_message(key, error=NO_ANSWER_ONCE, code="unavailable")
        except Exception:  # a panel's fault stays its own
            logger.exception("%s in %s failed", message["action"], message["sandbox"])
            return messages.answer_message(key, error=OUR_FAULT_ONCE, code="failed")

    async def _run(self, action: Action, machine: ObservedMachine, arguments: Any) -> Any:
        async with asyncio.timeout(action.seconds):
            return await self._in_thread(action.run, machine, arguments)

    # Threads and sending.

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: call_with_fresh_connections(function, *arguments)
        )

    async def _send(self, channel: str, message: dict[str, Any]) -> None:
        try:
            await self._layer.send(channel, message)
        except Exception:  # the layer raises whatever its client does; pages ask again
            logger.warning("a page was not told", exc_info=True)

    async def _send_group(self, group: str, message: dict[str, Any]) -> None:
        try:
            await self._layer.group_send(group, message)
        except Exception:  # as above
            logger.warning("pages were not told", exc_info=True)


def observed_machine(sandbox_id: str, name: str) -> ObservedMachine:
    """Return a running machine of a sandbox. Raises PanelUnavailable."""
    machine = machine_of(sandbox_id, name)
    if machine is None or machine.sandbox is None:
        raise PanelUnavailable(_("The machine is not running."))
    return ObservedMachine(
        machine_id=str(machine.pk),
        name=machine.name,
        container_id=machine.container_id,
        machine_type=machine_type(machine.kind),
        engine=engine_for(machine.host),
        user_id=machine.sandbox.user_id,
        accelerator=machine.accelerator,
    )


def call_with_fresh_connections(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a thread, without keeping a database connection that has died."""
    db.close_old_connections()
    try:
        return function(*arguments)
    finally:
        db.close_old_connections()
