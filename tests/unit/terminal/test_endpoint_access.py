"""Who gets in at the websocket, and what the others are told."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.exceptions import InvalidStatus

from core.budgets import CLIENT
from core.metering.sockets import open_here, place_key
from sandboxes.models import Machine
from terminal import access
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.terminal.terminal_site import set_sandbox, site
from tests.support.waiting import settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def closed_with(there, user, **options: Any):
    async with there.open(user, **options) as connection:
        return await AsyncTerminalClient(connection).close_code()


async def denied_with(there, user, **options: Any):
    with pytest.raises(InvalidStatus) as refusal:
        await there.open(user, ours=False, **options)
    return refusal.value.response.status_code


async def test_the_owner(world):
    async with site(world) as there, there.viewer() as client:
        assert client.hello["role"] == "owner"
        await client.type(b"echo al''ive\n")
        await client.until(b"alive\r\n")


async def test_nobody(world):
    async with site(world) as there:
        assert await closed_with(there, "") == 4001
        assert await denied_with(there, "") == 403


@pytest.mark.parametrize("query", ["", "?role=watch", "?role=help", "?role=owner"])
async def test_an_outsider_learns_nothing(world, query):
    async with site(world) as there:
        assert await closed_with(there, "outsider", query=query) == 4004
        assert await denied_with(there, "outsider", query=query) == 404
        assert await closed_with(there, "outsider", machine_id=uuid.uuid4()) == 4004


async def test_an_unclaimed_machine_is_nobodys(world):
    await sync_to_async(Machine.objects.update)(sandbox=None, state=Machine.State.POOLED)
    async with site(world) as there:
        assert await closed_with(there, "student") == 4004
        assert await closed_with(there, "instructor") == 4004


@pytest.mark.parametrize("user", ["instructor", "operator"])
async def test_whoever_teaches_watches(world, user):
    async with (
        site(world) as there,
        there.viewer() as student,
        there.viewer(user, query="?role=watch") as teacher,
    ):
        assert teacher.hello["role"] == "watch"
        await teacher.type(b"echo mischief\n")
        await student.type(b"echo wo''rk\n")
        await student.until(b"work\r\n")
        await teacher.until(b"work\r\n")
        assert b"mischief" not in teacher.output


async def test_a_user_who_was_locked_out(world):
    world.users["student"].is_active = False
    await world.users["student"].asave()
    async with site(world) as there:
        assert await closed_with(there, "student") == 4001


@pytest.mark.parametrize("query", ["?terminal=UP", "?terminal=a%2Fb", "?terminal=" + "x" * 33])
async def test_terminal_names(world, query):
    async with site(world) as there:
        assert await closed_with(there, "student", query=query) == 4004


async def test_another_sites_page_is_refused(world):
    async with site(world) as there:
        with pytest.raises(InvalidStatus) as refusal:
            await there.open("student", origin="https://evil.example")
        assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("state", "code", "status"),
    [
        ("parked", 4009, 409),
        ("ending", 4009, 409),
        ("gone", 4009, 409),
        ("failed", 4010, 409),
        ("starting", 1012, 503),
    ],
)
async def test_a_sandbox_that_is_not_ready(world, state, code, status):
    await set_sandbox(world, state=state, reason="No disk was left.")
    async with site(world) as there:
        assert await closed_with(there, "student") == code
        assert await denied_with(there, "student") == status
        assert await closed_with(there, "outsider") == 4004


async def test_the_reason_of_a_failure_is_told(world):
    await set_sandbox(world, state="failed", reason="No disk was left.")
    async with site(world) as there, there.open() as connection:
        client = AsyncTerminalClient(connection)
        assert await client.close_code() == 4010
    assert client.messages == [{"type": "error", "code": "failed", "message": "No disk was left."}]


async def test_a_user_has_so_many_places(world):
    async with site(world) as there:
        connections = [await there.open() for _ in range(CLIENT.terminal_sockets)]
        clients = [await AsyncTerminalClient(connection).start() for connection in connections]
        assert await closed_with(there, "student") == 4029
        assert await denied_with(there, "student") == 429
        async with there.viewer("instructor") as other:
            assert other.hello["role"] == "watch"
        await clients[0].connection.close()
        held = place_key("terminal", world.users["student"].pk)
        await settle(lambda: open_here[held] < CLIENT.terminal_sockets)
        async with there.viewer() as one_more:
            assert one_more.hello["role"] == "owner"
        for client in clients:
            await client.connection.close()
    assert not open_here


async def test_access_takes_one_query(world, django_assert_num_queries):
    await sync_to_async(count_queries)(world, django_assert_num_queries)


def count_queries(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        granted = access.grant_terminal(world.users["student"], world.machine.pk, "")
        assert (granted.machine.host.name, granted.sandbox.lesson_key, granted.role) == (
            "here",
            "course/lesson",
            "owner",
        )
