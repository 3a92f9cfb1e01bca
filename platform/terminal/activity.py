"""Tell a sandbox that it is used."""

import asyncio
import logging

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from sandboxes.lifecycle import touch_sandbox
from sandboxes.models import Sandbox

logger = logging.getLogger(__name__)

TOUCH_SECONDS = 60.0


class Activity:
    """Tell the sandbox, at most once in TOUCH_SECONDS, that somebody types in it or it prints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None

    def note(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + TOUCH_SECONDS
            self._task = asyncio.create_task(self.touch())

    async def touch(self) -> None:
        try:
            await database_sync_to_async(touch_sandbox)(sandbox=self._sandbox)
        except DatabaseError:
            logger.warning("activity in sandbox %s was not noted", self._sandbox.pk, exc_info=True)
