"""The events websocket of a page."""

import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from core.events import publish
from learn.consumers import EventsConsumer
from tests.support.waiting import PATIENCE_SECONDS

# Channels looks after the connections that an earlier test may have left in the thread.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("memory_layer")]

ADA, BO = User(pk=1, username="ada"), User(pk=2, username="bo")


class Page:
    """An open page of a user. (channels.testing would need daphne.)"""

    def __init__(self, user) -> None:
        self._socket = ApplicationCommunicator(
            EventsConsumer.as_asgi(), {"type": "websocket", "user": user}
        )

    async def open(self):
        """Connect; returns the answer's type."""
        await self._socket.send_input({"type": "websocket.connect"})
        return (await self.output())["type"]

    async def say(self, text):
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def output(self):
        return await self._socket.receive_output(PATIENCE_SECONDS)

    async def heard(self):
        return json.loads((await self.output())["text"])

    async def silent(self):
        return await self._socket.receive_nothing()

    async def close(self):
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait()


async def tell(user):
    await sync_to_async(publish)(user_id=user.pk, kind="sandbox", payload={"sandbox": {"id": "1"}})


@pytest.mark.asyncio
async def test_a_page_hears_what_concerns_its_user():
    page = Page(ADA)
    assert await page.open() == "websocket.accept"
    assert await page.silent()
    await tell(ADA)
    assert await page.heard() == {"type": "sandbox", "sandbox": {"id": "1"}}
    await page.close()


@pytest.mark.asyncio
async def test_all_pages_of_a_user_hear_it_and_nobody_elses():
    first, second, others = Page(ADA), Page(ADA), Page(BO)
    for page in (first, second, others):
        await page.open()
    await tell(ADA)
    assert await first.heard() == await second.heard()
    assert await others.silent()
    for page in (first, second, others):
        await page.close()


@pytest.mark.asyncio
async def test_whoever_is_signed_out_is_told_by_the_close_code():
    page = Page(AnonymousUser())
    assert await page.open() == "websocket.accept"
    closing = await page.output()
    assert (closing["type"], closing["code"]) == ("websocket.close", 4001)


@pytest.mark.asyncio
async def test_what_a_page_says_is_ignored():
    page = Page(ADA)
    await page.open()
    for text in ('{"type": "hello"}', "rubbish", "[]"):
        await page.say(text)
    assert await page.silent()
    await tell(ADA)
    assert (await page.heard())["type"] == "sandbox"
    await page.close()
