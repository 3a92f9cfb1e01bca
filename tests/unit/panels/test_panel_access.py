"""Who may see a sandbox's panels, and what a page may say there."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser

from core.budgets import CLIENT
from sandboxes.models import Sandbox
from tests.support.factories import SandboxFactory, UserFactory
from tests.support.panels import PanelPage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("memory_layer"),
    pytest.mark.asyncio,
]


async def make_sandbox(**fields: Any) -> Sandbox:
    sandbox: Sandbox = await sync_to_async(SandboxFactory)(**fields)
    return sandbox


async def closed_with(page: PanelPage) -> int:
    message = await page.output()
    assert message["type"] == "websocket.close"
    return int(message["code"])


async def test_who_is_signed_out_is_asked_to_sign_in() -> None:
    sandbox = await make_sandbox()
    page = await PanelPage(AnonymousUser(), sandbox.pk).open()
    assert await closed_with(page) == 4001


async def test_another_student_is_told_that_it_does_not_exist() -> None:
    sandbox = await make_sandbox()
    other = await sync_to_async(UserFactory)()
    page = await PanelPage(other, sandbox.pk).open()
    assert await closed_with(page) == 4004
    nobodys = await PanelPage(other, uuid.uuid4()).open()
    assert await closed_with(nobodys) == 4004


@pytest.mark.parametrize("state", ["parked", "ending", "gone", "failed"])
async def test_sandbox_that_is_over_has_no_panels(state: str) -> None:
    sandbox = await make_sandbox(state=state)
    page = await PanelPage(sandbox.user, sandbox.pk).open()
    assert await closed_with(page) == 4009


async def test_open_panels_are_decided_on_again() -> None:
    sandbox = await make_sandbox()
    teacher = await sync_to_async(UserFactory)(role="instructor")
    page = await PanelPage(teacher, sandbox.pk).open()
    await page.say(type="unwatch", machine="box", topic="containers")  # so that it has connected
    assert await page.silent()
    (decide,) = page.scope["decisions"]
    assert await sync_to_async(decide)(teacher) is None
    teacher.role = "student"
    refusal = await sync_to_async(decide)(teacher)
    assert refusal.code == 4004
    await page.close()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "shout"},
        {"type": "watch", "machine": "box"},
        {"type": "watch", "machine": "box", "topic": "no such topic"},
        {"type": "watch", "machine": 7, "topic": "containers"},
        {"type": "watch", "machine": "x" * 65, "topic": "containers"},
        {"type": "act", "key": "a1", "machine": "box", "action": "no such action"},
        {"type": "act", "machine": "box", "action": "container.start", "arguments": {}},
    ],
)
async def test_what_no_page_says_closes_the_websocket(message: dict[str, Any]) -> None:
    sandbox = await make_sandbox()
    page = await PanelPage(sandbox.user, sandbox.pk).open()
    await page.say(**message)
    assert await closed_with(page) == 4400


async def test_page_watches_a_bounded_number_of_topics() -> None:
    sandbox = await make_sandbox()
    page = await PanelPage(sandbox.user, sandbox.pk).open()
    for number in range(CLIENT.watched_topics + 1):
        await page.say(type="watch", machine=f"box{number}", topic="containers")
    assert await closed_with(page) == 4400
