"""Test how a terminal ends when its machine does."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from sandboxes.models import Sandbox
from terminal import activity
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.terminal.terminal_site import set_sandbox, site

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("state", "code"), [("ready", 1012), ("parked", 4009), ("gone", 4009), ("failed", 4010)]
)
async def test_the_machine_stops(world, host_ptyd, state, code):
    async with site(world) as there, there.viewer() as client:
        await set_sandbox(world, state=state, reason="why")
        host_ptyd.stop()
        assert await client.close_code() == code


async def test_a_machine_that_does_not_answer_yet(world, host_ptyd):
    host_ptyd.stop()
    async with site(world) as there, there.open() as connection:
        client = AsyncTerminalClient(connection)
        await client.say(type="resume", seq=0, cols=80, rows=24)
        assert await client.close_code() == 1012


async def test_a_killed_server_ends_what_it_had(world, host_ptyd):
    """A machine that is killed sends no farewell."""
    async with site(world) as there, there.viewer() as client:
        host_ptyd.kill()
        assert await client.close_code() == 1012


async def test_typing_is_activity_and_looking_is_not(world):
    async with site(world) as there, there.viewer() as client:
        await client.say(type="resize", cols=100, rows=30)
        await client.say(type="ping")
        await client.until_message("pong")
        assert (await active_at(world)) < timezone.now() - timedelta(minutes=30)
        await client.type(b"x")
        await client.quiet(0.3)
        first = await active_at(world)
        assert first > timezone.now() - timedelta(minutes=1)
        await client.type(b"y")
        await client.quiet(0.3)
        assert (await active_at(world)) == first


@sync_to_async
def active_at(world):
    return Sandbox.objects.get(pk=world.machine.sandbox_id).active_at


async def test_an_activity_that_cannot_be_noted_disturbs_nobody(world, monkeypatch):
    def fail(*, sandbox):
        raise activity.DatabaseError("locked")

    monkeypatch.setattr(activity, "touch_sandbox", fail)
    async with site(world) as there, there.viewer() as client:
        await client.type(b"echo al''ive\n")
        await client.until(b"alive\r\n")
