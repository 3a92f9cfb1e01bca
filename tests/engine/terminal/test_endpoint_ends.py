"""How a terminal ends when its machine does, and what is left behind: nothing."""

import os
import signal
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from sandboxes.models import Host, Sandbox
from terminal import endpoint
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.fixtures.terminal import make_world
from tests.support.ptyd_servers import ContainerPtyd
from tests.support.terminal_site import site
from tests.support.waiting import settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@sync_to_async
def set_sandbox(world, **fields: object):
    Sandbox.objects.filter(pk=world.machine.sandbox_id).update(**fields)


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
        os.kill(host_ptyd._process.pid, signal.SIGKILL)
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
        raise endpoint.DatabaseError("locked")

    monkeypatch.setattr(endpoint, "touch_sandbox", fail)
    async with site(world) as there, there.viewer() as client:
        await client.type(b"echo al''ive\n")
        await client.until(b"alive\r\n")


@pytest.fixture
def box_world(transactional_db, docker_url, machine_image):
    box = ContainerPtyd(docker_url, image=machine_image)
    host = Host(name="far", transport=Host.Transport.EXEC, docker_url=docker_url)
    yield box, make_world(host, container_id=box.container.id)
    box.stop()


@pytest.mark.engine
async def test_nothing_stays_in_the_machine_after_a_viewer(box_world):
    box, world = box_world
    async with site(world) as there:
        async with there.viewer() as client:
            await client.type(b"echo al''ive\n")
            await client.until(b"alive\r\n")
            assert any("ptyd attach" in command for command in box.processes())
        async with there.open() as connection:
            await AsyncTerminalClient(connection).start()
            connection.transport.abort()
        await settle(lambda: not endpoint.viewers, 5)
        assert not any("ptyd attach" in command for command in box.processes())


@pytest.mark.engine
async def test_a_container_that_is_removed(box_world):
    box, world = box_world
    async with site(world) as there, there.viewer() as client:
        await set_sandbox(world, state="ending")
        await sync_to_async(box.container.kill)()
        assert await client.close_code() == 4009
