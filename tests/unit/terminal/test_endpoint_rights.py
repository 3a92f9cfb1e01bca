"""What is open is what is allowed: a terminal is decided about again after every change."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from pytest_django.fixtures import Settings
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import websocket_auth
from accounts.models import User
from accounts.tokens import create_token
from sandboxes.models import Sandbox
from tests.support.clients.drydock_v1 import SUBPROTOCOL, AsyncTerminalClient
from tests.support.terminal.terminal_site import site

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _memory_layer(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    return await sync_to_async(call)(*arguments)


async def stays(terminal: AsyncTerminalClient) -> bool:
    try:
        async with asyncio.timeout(0.3):
            while True:
                await terminal.receive()
    except TimeoutError:
        return True
    except ConnectionClosed:
        return False


def change(user: User, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()


async def test_an_instructor_who_is_made_a_student_watches_no_more(world):
    async with site(world) as there, there.viewer("instructor") as watching:
        await asyncio.sleep(0.05)  # until it listens
        await in_thread(lambda: change(world.users["instructor"], role=User.Role.STUDENT))
        assert await watching.close_code() == 4004


async def test_an_owner_who_is_made_an_instructor_stays(world):
    async with site(world) as there, there.viewer("student") as owner:
        await asyncio.sleep(0.05)
        await in_thread(lambda: change(world.users["student"], role=User.Role.INSTRUCTOR))
        assert await stays(owner)


async def test_whose_sandbox_becomes_another_students_is_asked_to_come_back(world, monkeypatch):
    """Whatever changes a role without a message is noticed when it is asked again."""
    monkeypatch.setattr(websocket_auth, "RECHECK_SECONDS", 0.1)
    outsider = world.users["outsider"]
    async with site(world) as there:
        async with there.viewer("student") as owner, there.viewer("instructor") as watching:
            await in_thread(lambda: Sandbox.objects.update(user=outsider))
            assert await owner.close_code() == 4004
            assert await stays(watching)
        async with there.viewer("outsider") as owner:
            assert owner.hello["role"] == "owner"


async def test_a_role_that_changes_closes_so_that_the_page_comes_back(world, monkeypatch):
    monkeypatch.setattr(websocket_auth, "RECHECK_SECONDS", 0.1)
    async with site(world) as there, there.viewer("instructor") as watching:
        assert watching.hello["role"] == "watch"
        await in_thread(lambda: Sandbox.objects.update(user=world.users["instructor"]))
        assert await watching.close_code() == 1012


@asynccontextmanager
async def viewer_with_token(there, raw):
    address = f"ws://127.0.0.1:{there.port}/ws/terminals/{there.world.machine.pk}/"
    bearer = {"Authorization": f"Bearer {raw}"}
    async with connect(address, subprotocols=[SUBPROTOCOL], additional_headers=bearer) as socket:
        terminal = await AsyncTerminalClient(socket).start()
        await asyncio.sleep(0.05)
        yield terminal


async def test_a_new_password_ends_what_tokens_have_open(world):
    student = world.users["student"]
    _, raw = await in_thread(create_token, student, "script")

    def renew() -> None:
        student.set_password("another pass phrase")
        student.save()

    async with site(world) as there, viewer_with_token(there, raw) as terminal:
        await in_thread(renew)
        assert await terminal.close_code() == 4001
    assert not await in_thread(student.api_tokens.count)


async def test_a_password_that_is_only_hashed_anew_revokes_no_token(world):
    student = world.users["student"]
    await in_thread(create_token, student, "script")

    def hash_anew() -> None:
        student.set_password("the same")
        student._password = None  # as Django's check_password does
        student.save(update_fields=["password"])

    await in_thread(hash_anew)
    assert await in_thread(student.api_tokens.count) == 1


async def test_a_token_of_an_instructor_who_is_made_a_student_watches_no_more(world):
    instructor = world.users["instructor"]
    _, raw = await in_thread(create_token, instructor, "board")
    async with site(world) as there, viewer_with_token(there, raw) as terminal:
        await in_thread(lambda: change(instructor, role=User.Role.STUDENT))
        assert await terminal.close_code() == 4004


@pytest.mark.parametrize("how", ["groups", "permissions", "permissions of a group"])
async def test_every_change_of_rights_has_what_is_open_decided_anew(world, monkeypatch, how):
    instructor = world.users["instructor"]

    def prepare() -> tuple[Group, Permission]:
        group = Group.objects.create(name="board")
        permission = Permission.objects.all()[0]
        if how == "permissions of a group":
            instructor.groups.add(group)
        return group, permission

    group, permission = await in_thread(prepare)
    decided: list[int] = []
    refusal_now = websocket_auth.refusal_now
    monkeypatch.setattr(
        websocket_auth,
        "refusal_now",
        lambda scope, key: decided.append(scope["user"].pk) or refusal_now(scope, key),
    )

    def act() -> None:
        if how == "groups":
            instructor.groups.add(group)
        elif how == "permissions":
            instructor.user_permissions.add(permission)
        else:
            group.permissions.add(permission)

    async with site(world) as there, there.viewer("instructor") as watching:
        await asyncio.sleep(0.05)
        decided.clear()
        await in_thread(act)
        assert await stays(watching)
    assert decided == [instructor.pk]


async def test_a_page_of_another_port_opens_no_terminal(world):
    async with site(world) as there:
        for origin in ("http://127.0.0.1:1", f"https://127.0.0.1:{there.port}"):
            with pytest.raises(InvalidStatus) as refusal:
                async with there.open("student", origin=origin):
                    pass
            assert refusal.value.response.status_code == 403
