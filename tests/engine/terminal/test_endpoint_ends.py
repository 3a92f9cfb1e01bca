"""Test that nothing is left behind when a terminal's machine ends, in a container."""

import pytest
from asgiref.sync import sync_to_async

from core.metering.sockets import open_here
from sandboxes.models import Host
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.fixtures.terminal import make_world
from tests.support.terminal.ptyd_servers import ContainerPtyd
from tests.support.terminal.terminal_site import set_sandbox, site
from tests.support.waiting import settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


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
        await settle(lambda: not open_here, 5)
        assert not any("ptyd attach" in command for command in box.processes())


@pytest.mark.engine
async def test_a_container_that_is_removed(box_world):
    box, world = box_world
    async with site(world) as there, there.viewer() as client:
        await set_sandbox(world, state="ending")
        await sync_to_async(box.container.kill)()
        assert await client.close_code() == 4009
