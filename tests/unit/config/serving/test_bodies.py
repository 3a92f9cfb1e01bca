"""Bodies are refused by their length, by counting and by the clock, before they reach Django."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from config.serving import bodies
from config.serving.bodies import BoundedBodies
from core.budgets import AUTHOR, STRANGER
from tests.support.clients.raw_http import RawClient
from tests.support.factories import UserFactory
from tests.support.serving import serving

pytestmark = pytest.mark.asyncio

SIGN_IN = "/accounts/sign-in/"
MOST = STRANGER.form_bytes


class Site:
    """An application behind the bounds that counts what reaches it."""

    def __init__(self) -> None:
        self.requests = self.received = 0
        self.port = 0

    async def application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.requests += 1
        while True:
            message = await receive()
            self.received += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def post(self, path: str, headers: dict[str, str], *pieces: bytes) -> tuple[int, bytes]:
        client = await RawClient.open(self.port)
        await client.request(path, method="POST", headers=headers)
        for piece in pieces:
            await client.send(piece)
        answer = await client.answer()
        client.close()
        return answer


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    counting = Site()
    async with serving(BoundedBodies(counting.application)) as port:
        counting.port = port
        yield counting


def length(size: int) -> dict[str, str]:
    return {"Content-Length": str(size)}


async def test_a_form_gets_through() -> None:
    async with site() as there:
        assert await there.post(SIGN_IN, length(MOST), bytes(MOST)) == (200, b"ok")
        assert there.received == MOST


@pytest.mark.parametrize("size", [MOST + 1, 2 << 30, 10**19])
async def test_a_length_that_is_too_long_is_refused_before_a_byte_is_read(size: int) -> None:
    async with site() as there:
        status, message = await there.post(SIGN_IN, length(size))
        assert (status, there.requests) == (413, 0)
        assert "at most 64 KiB" in message.decode()


async def test_a_body_without_a_length_is_counted() -> None:
    chunk = b"4000\r\n" + bytes(0x4000) + b"\r\n"
    async with site() as there:
        status, _ = await there.post(SIGN_IN, {"Transfer-Encoding": "chunked"}, *[chunk] * 5)
        assert status == 413
        assert there.received <= MOST


async def test_a_short_body_without_a_length_gets_through() -> None:
    async with site() as there:
        pieces = (b"5\r\nhello\r\n", b"0\r\n\r\n")
        chunked = {"Transfer-Encoding": "chunked"}
        assert await there.post("/api/x", chunked, *pieces) == (200, b"ok")


async def test_the_api_says_so_in_its_own_shape() -> None:
    async with site() as there:
        _, body = await there.post("/api/submissions", length(MOST + 1))
    assert json.loads(body)["error"]["code"] == "too-large"


@pytest.mark.parametrize("pause", ["body_pause_seconds", "body_seconds"])
async def test_a_body_that_does_not_come_ends_the_request(
    monkeypatch: pytest.MonkeyPatch, pause: str
) -> None:
    monkeypatch.setattr(bodies, "STRANGER", replace(STRANGER, **{pause: 0.3}))
    async with site() as there:
        client = await RawClient.open(there.port)
        await client.request(SIGN_IN, method="POST", headers=length(1000))

        async def drip() -> None:
            for _ in range(100):
                await client.send(b"x")
                await asyncio.sleep(1 if pause == "body_pause_seconds" else 0.05)

        dripping = asyncio.create_task(drip())
        status, message = await client.answer()
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        assert status == 408
        assert b"send it again" in message
        assert await client.ended()


async def test_whoever_waits_for_leave_to_send_is_told_no() -> None:
    async with site() as there:
        headers = length(2 << 30) | {"Expect": "100-continue"}
        assert (await there.post(SIGN_IN, headers))[0] == 413


def cookie_of(role: str, *, is_staff: bool) -> dict[str, str]:
    client = Client()
    client.force_login(UserFactory(username=role, role=role, is_staff=is_staff))
    return {"Cookie": f"drydock_session={client.cookies['drydock_session'].value}"}


@pytest.mark.django_db(transaction=True)
async def test_staff_may_send_pictures_to_the_admin_and_nobody_else_may() -> None:
    author = await sync_to_async(cookie_of)("instructor", is_staff=True)
    student = await sync_to_async(cookie_of)("student", is_staff=False)
    picture = AUTHOR.upload_bytes
    async with site() as there:
        for headers in ({}, student, {"Cookie": "drydock_session=made-up"}):
            assert (await there.post("/admin/x/", headers | length(picture)))[0] == 413
        assert (await there.post("/accounts/x/", author | length(picture)))[0] == 413
        assert (await there.post("/admin/x/", author | length(AUTHOR.request_bytes + 1)))[0] == 413
        assert not there.requests
        sent = await there.post("/admin/x/", author | length(picture), bytes(picture))
        assert sent == (200, b"ok")
