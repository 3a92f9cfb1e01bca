"""Personal tokens at the websockets, over the routes that the server runs."""

import uuid

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from accounts.bearer_auth import TokenOrSession
from accounts.models import User
from accounts.tokens import create_token, revoke_token
from config.routing import websocket_application
from tests.support.learners import client_of
from tests.support.waiting import PATIENCE_SECONDS

SIGN_IN, NOT_FOUND = 4001, 4004
EVENTS = "/ws/events/"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("memory_layer")]


@pytest.fixture
def raw(student: User) -> str:
    return create_token(student, "laptop")[1]


def scope_behind(raw):
    """The scope that an application behind the middleware gets."""
    scopes = []

    async def application(scope, _receive, _send):
        scopes.append(scope)

    middleware = TokenOrSession(application, session=application)
    async_to_sync(middleware)({"type": "websocket", "headers": [bearer(raw)]}, None, None)
    return scopes[0]


def answers(path, headers):
    """What the server says to a client that connects and leaves: types, and the code of a close."""

    async def scenario():
        scope = {
            "type": "websocket", "path": path, "query_string": b"", "subprotocols": ["drydock.v1"],
            "headers": [(b"host", b"localhost"), *headers],
        }  # fmt: skip
        socket = ApplicationCommunicator(websocket_application, scope)
        await socket.send_input({"type": "websocket.connect"})
        messages = []
        while not messages or messages[-1]["type"] not in ("websocket.close",):
            if messages and await socket.receive_nothing(1):
                break
            messages.append(await socket.receive_output(PATIENCE_SECONDS))
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        socket.stop(exceptions=False)
        return [
            message.get("code", message["type"].removeprefix("websocket.")) for message in messages
        ]

    return async_to_sync(scenario)()


def bearer(raw):
    return (b"authorization", f"Bearer {raw}".encode())


def test_events_by_token(raw):
    assert answers(EVENTS, [bearer(raw)]) == ["accept"]


def test_a_websocket_may_stay_until_its_token_is_taken_back(student):
    token, raw = create_token(student, "laptop")
    scope = scope_behind(raw)
    assert scope["user"] == student
    assert scope["user_now"]()
    revoke_token(token)
    assert not scope["user_now"]()


def test_a_wrong_token(raw):
    assert answers(EVENTS, [bearer(raw + "x")]) == ["accept", SIGN_IN]
    assert answers(f"/ws/terminals/{uuid.uuid4()}/", [bearer("")])[-1] == SIGN_IN


def test_a_terminal_that_is_not_there(raw):
    assert answers(f"/ws/terminals/{uuid.uuid4()}/", [bearer(raw)])[-1] == NOT_FOUND


def test_a_token_needs_no_origin_and_a_session_does(student, raw):
    foreign = (b"origin", b"http://elsewhere.example")
    session = (
        b"cookie",
        f"drydock_session={client_of(student).cookies['drydock_session'].value}".encode(),
    )
    assert answers(EVENTS, [bearer(raw), foreign]) == ["accept"]
    assert answers(EVENTS, [session, (b"origin", b"http://localhost")]) == ["accept"]
    assert answers(EVENTS, [session, foreign])[0] != "accept"


def test_a_wrong_token_is_wrong_beside_a_session(student):
    session = (
        b"cookie",
        f"drydock_session={client_of(student).cookies['drydock_session'].value}".encode(),
    )
    headers = [session, (b"origin", b"http://localhost"), bearer("drydock_x")]
    assert answers(EVENTS, headers) == ["accept", SIGN_IN]
