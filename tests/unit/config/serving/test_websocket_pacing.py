"""A client's frames are read a few at a time, at a rate, and no larger than they may be."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from config.serving import websocket_protocol
from config.serving.handshakes import PacedHandshakes
from config.serving.websocket_protocol import PacedWebSocket
from core.budgets import CLIENT
from core.metering.pacing import Meter, SharedByKey
from tests.support.clients.raw_http import RawClient, masked
from tests.support.serving import serving
from tests.support.waiting import settle

pytestmark = pytest.mark.asyncio

TEXT, BINARY, PING, PONG = 1, 2, 9, 10
SMALLEST = len(masked(b"", PING))


class Heard:
    """An application that keeps what it hears; `/user/N` is a websocket of user N."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.accepting = asyncio.Event()
        self.accepting.set()
        self.reading = asyncio.Event()
        self.reading.set()
        self.sockets: list[PacedWebSocket] = []
        self.port = 0

    @property
    def frames(self) -> int:
        return sum(socket.conn.frames for socket in self.sockets)

    async def application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        admit = scope["extensions"]["drydock.admit"]
        self.sockets.append(admit.__self__)
        await receive()
        if scope["path"].startswith("/user/"):
            admit(int(scope["path"].removeprefix("/user/")))
        await self.accepting.wait()
        await send({"type": "websocket.accept"})
        while True:
            await self.reading.wait()
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") == b"close":
                await send({"type": "websocket.close", "code": 4400})
                return
            text = message.get("text")
            self.messages.append(message["bytes"] if text is None else text.encode())

    async def open(self, path: str = "/") -> RawClient:
        client = await RawClient.open(self.port)
        assert await client.shake_hands(path) == 101
        return client


@asynccontextmanager
async def hearing() -> AsyncIterator[Heard]:
    heard = Heard()
    async with serving(heard.application) as port:
        heard.port = port
        yield heard


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meters whose clock stands: nothing comes back after the burst."""

    def meter(*_: object) -> Meter:
        return Meter(CLIENT.frames, lambda: 0.0)

    monkeypatch.setattr(websocket_protocol, "Meter", meter)
    monkeypatch.setattr(websocket_protocol, "meters_of_users", SharedByKey(meter))


async def test_messages_of_all_sizes_arrive_whole_and_in_order() -> None:
    chance = random.Random(7)
    sizes = [chance.choice([0, 1, 5, 125, 126, 1000, 65535, 65536, 300_000]) for _ in range(200)]
    messages = [chance.randbytes(size) for size in sizes]
    async with hearing() as there:
        client = await there.open()
        for message in messages:
            await client.send(masked(message))
        await settle(lambda: len(there.messages) == len(messages), 20)
        assert there.messages == messages


@pytest.mark.parametrize("opcode", [PING, PONG, BINARY, TEXT])
async def test_others_get_a_turn_between_a_clients_frames(opcode: int) -> None:
    async with hearing() as there:
        client = await there.open()
        handled = [0]
        await client.send(masked(b"", opcode) * 900)
        async with asyncio.timeout(20):
            while handled[-1] < 900:
                await asyncio.sleep(0)
                handled.append(there.frames)
        steps = [after - before for before, after in pairwise(handled)]
        assert max(steps) <= CLIENT.bytes_a_turn // SMALLEST + 1


@pytest.mark.parametrize("opcode", [PING, PONG, BINARY])
async def test_a_client_is_read_at_a_rate(still: None, opcode: int) -> None:
    async with hearing() as there:
        client = await there.open()
        sending = asyncio.create_task(client.send(masked(b"", opcode) * 100_000))
        await settle(lambda: there.frames > CLIENT.frames.burst)
        for _ in range(100):
            await asyncio.sleep(0)
        assert there.frames <= 1.5 * CLIENT.frames.burst
        sending.cancel()


async def test_all_websockets_of_a_user_share_a_rate_and_others_have_their_own(
    still: None,
) -> None:
    async with hearing() as there:
        flooding = [await there.open("/user/1") for _ in range(4)]
        tasks = [asyncio.create_task(one.send(masked(b"", PING) * 20_000)) for one in flooding]
        await settle(lambda: there.frames > CLIENT.frames.burst)
        for _ in range(100):
            await asyncio.sleep(0)
        assert there.frames <= 2 * CLIENT.frames.burst
        neighbour = await there.open("/user/2")
        await neighbour.send(masked(b"a key"))
        await settle(lambda: there.messages == [b"a key"])
        for task in tasks:
            task.cancel()


async def test_nothing_is_parsed_before_the_handshake_is_accepted() -> None:
    async with hearing() as there:
        there.accepting.clear()
        client = await RawClient.open(there.port)
        shaking = asyncio.create_task(client.shake_hands())
        await settle(lambda: there.sockets)
        await client.send(masked(b"early") * 100)
        await asyncio.sleep(0.1)
        assert not there.frames
        there.accepting.set()
        assert await shaking == 101
        await settle(lambda: len(there.messages) == 100)


async def test_an_application_that_does_not_read_holds_its_client_back() -> None:
    async with hearing() as there:
        there.reading.clear()
        client = await there.open()
        sending = asyncio.create_task(client.send(masked(bytes(60_000)) * 400))
        await asyncio.sleep(0.3)
        assert not sending.done()
        assert there.frames <= 2
        there.reading.set()
        await settle(lambda: len(there.messages) == 400, 20)
        await sending


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", CLIENT.terminal_message_bytes), ("/ws/events/", CLIENT.event_message_bytes)],
)
async def test_a_message_that_is_too_long_is_refused_by_its_head(path: str, most: int) -> None:
    async with hearing() as there:
        client = await there.open(path)
        await client.send(masked(bytes(most)))
        await settle(lambda: len(there.messages) == 1)
        await client.send(masked(b"", length=most + 1))
        assert await client.close_code() == 1009


async def test_a_message_that_grows_too_long_in_pieces_is_refused() -> None:
    piece = bytes(CLIENT.terminal_message_bytes // 4)
    async with hearing() as there:
        client = await there.open()
        await client.send(masked(piece, BINARY, final=False))
        for _ in range(4):
            await client.send(masked(piece, 0, final=False))
        assert await client.close_code() == 1009


async def test_a_message_in_too_many_pieces_is_refused() -> None:
    async with hearing() as there:
        client = await there.open()
        pieces = masked(b"a", 0, final=False) * (CLIENT.fragments_a_message - 2)
        await client.send(masked(b"a", BINARY, final=False) + pieces + masked(b"a", 0))
        await settle(lambda: there.messages == [b"a" * CLIENT.fragments_a_message])
        await client.send(masked(b"", BINARY, final=False))
        await client.send(masked(b"", 0, final=False) * CLIENT.fragments_a_message)
        assert await client.close_code() == 1009


async def test_a_control_frame_that_is_too_long_is_refused() -> None:
    async with hearing() as there:
        client = await there.open()
        await client.send(masked(bytes(126), PING))
        assert await client.close_code() == 1002


async def test_a_client_that_was_told_to_go_is_read_no_faster(still: None) -> None:
    async with hearing() as there:
        client = await there.open()
        flood = masked(b"close") + masked(bytes(900)) * 20_000
        sending = asyncio.create_task(client.send(flood))
        assert await client.close_code() == 4400
        await asyncio.sleep(0.3)
        assert not sending.done()
        assert len(there.sockets[0]._unread) < 1024 * 1024
        sending.cancel()


async def test_a_client_whose_answer_waits_unread_is_not_taken_for_dead() -> None:
    async with hearing() as there:
        there.reading.clear()
        client = await there.open()
        await client.send(masked(b"one") + masked(b"two"))
        socket = there.sockets[0]
        await settle(lambda: socket.read_paused)
        socket.keepalive_timeout()
        assert not socket.transport.is_closing()
        there.reading.set()
        await settle(lambda: there.messages == [b"one", b"two"])


async def test_whoever_opens_websockets_in_a_loop_is_sent_away() -> None:
    async def accept(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    async with serving(PacedHandshakes(accept)) as port:

        async def shake(cookie: str) -> int:
            client = await RawClient.open(port)
            status = await client.shake_hands(headers={"Cookie": cookie})
            client.close()
            return status

        most = CLIENT.handshakes.burst + 10 * CLIENT.handshakes.per_second
        statuses = await asyncio.gather(*[shake("drydock_session=a") for _ in range(most)])
        assert statuses.count(429) > 0
        assert statuses.count(403) >= CLIENT.handshakes.burst
        assert await shake("drydock_session=b") == 403
