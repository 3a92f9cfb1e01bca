"""Websockets end with the sign-in behind them."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import websocket_auth
from accounts.models import User
from accounts.tokens import create_token, revoke_token
from tests.support.accounts import browser_of
from tests.support.clients.drydock_v1 import AsyncTerminalClient
from tests.support.factories import PASSWORD, UserFactory
from tests.support.fixtures.terminal import host_ptyd, ptyd_binary, world  # noqa: F401  (fixtures)
from tests.support.terminal.terminal_site import site
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _memory_layer(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture
def eve(transactional_db: None) -> User:
    return UserFactory(username="eve")


async def events_of(client=None, *, token=""):
    """A connected `/ws/events/` of a browser, or of a program with a token."""
    from config.routing import websocket_application

    # Not testserver: the routes keep the allowed hosts of when they were imported, maybe before
    # Django's test set-up.
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
    if client:
        headers.append(
            (b"cookie", f"drydock_session={client.cookies['drydock_session'].value}".encode())
        )
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "websocket",
        "path": "/ws/events/",
        "headers": headers,
        "subprotocols": [],
        "query_string": b"",
    }
    socket = ApplicationCommunicator(websocket_application, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(timeout=PATIENCE_SECONDS))["type"] == "websocket.accept"
    await asyncio.sleep(0.05)  # until it listens
    return socket


async def leave(socket):
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait(timeout=PATIENCE_SECONDS)


async def close_code(socket):
    message = await socket.receive_output(timeout=PATIENCE_SECONDS)
    assert message["type"] == "websocket.close", message
    return message["code"]


async def in_browser(call, *arguments: object, **options: object):
    return await sync_to_async(call)(*arguments, **options)


async def test_signing_out_closes_those_of_this_session_only(eve):
    here, elsewhere = await in_browser(browser_of, eve), await in_browser(browser_of, eve)
    own, other = await events_of(here), await events_of(elsewhere)
    await in_browser(here.post, "/accounts/sign-out/")
    assert await close_code(own) == 4001
    assert await other.receive_nothing(timeout=0.2)
    await leave(other)


async def test_a_new_password_closes_all_others(eve):
    here, elsewhere = await in_browser(browser_of, eve), await in_browser(browser_of, eve)
    other = await events_of(elsewhere)
    form = {
        "oldpassword": PASSWORD,
        "password1": "a new pass phrase",
        "password2": "a new pass phrase",
    }
    await in_browser(here.post, "/accounts/password/", form)
    assert await close_code(other) == 4001
    own = await events_of(here)
    assert await own.receive_nothing(timeout=0.2)
    await leave(own)


@pytest.mark.parametrize("how", ["switched off", "deleted", "password set by somebody else"])
async def test_what_an_operator_does(eve, how):
    socket = await events_of(await in_browser(browser_of, eve))

    def act():
        if how == "deleted":
            eve.delete()
            return
        eve.is_active = how != "switched off"
        if eve.is_active:
            eve.set_password("something else")
        eve.save()

    await in_browser(act)
    assert await close_code(socket) == 4001


async def test_a_session_that_vanishes_is_noticed_without_a_message(eve, monkeypatch):
    monkeypatch.setattr(websocket_auth, "RECHECK_SECONDS", 0.1)
    client = await in_browser(browser_of, eve)
    socket = await events_of(client)
    await in_browser(client.session.delete)
    assert await close_code(socket) == 4001


async def test_others_are_left_alone(eve):
    mallory = await in_browser(User.objects.create_user, "mallory", password=PASSWORD)
    socket = await events_of(await in_browser(browser_of, eve))
    other = await in_browser(browser_of, mallory)
    await in_browser(other.post, "/accounts/sign-out/")
    assert await socket.receive_nothing(timeout=0.2)
    await leave(socket)


async def test_a_revoked_token_closes_its_own(eve):
    token, raw = await in_browser(create_token, eve, "script")
    socket = await events_of(token=raw)
    await in_browser(eve.save)
    assert await socket.receive_nothing(timeout=0.2)
    await in_browser(revoke_token, token)
    assert await close_code(socket) == 4001


async def test_a_channel_layer_that_is_away_costs_a_warning(eve, monkeypatch, caplog):
    class Broken:
        async def new_channel(self):
            raise ConnectionError

    monkeypatch.setattr(websocket_auth, "get_channel_layer", Broken)
    socket = await events_of(await in_browser(browser_of, eve))
    assert await socket.receive_nothing(timeout=0.1)
    await leave(socket)
    assert "not listening for sign-outs" in caplog.text
    await in_browser(eve.save)
    assert "were not told of a change" in caplog.text


async def test_a_terminal_closes_on_sign_out(world):  # noqa: F811
    student = Client()
    await in_browser(student.force_login, world.users["student"])
    cookie = f"drydock_session={student.cookies['drydock_session'].value}"
    world.cookies["student"] = cookie
    async with site(world) as there, there.open("student") as connection:
        terminal = await AsyncTerminalClient(connection).start()
        await terminal.type(b"echo al''ive\n")
        await terminal.until(b"alive\r\n")
        await asyncio.sleep(0.05)
        await in_browser(student.post, "/accounts/sign-out/")
        async with asyncio.timeout(5):
            assert await terminal.close_code() == 4001
