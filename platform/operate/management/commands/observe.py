"""Look into students' machines for panels, until stopped: `manage.py observe`."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from panels.observer import Observer


class Command(BaseCommand):
    help = "Look into machines for the panels that are open; run by `manage.py up`."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(observe())


async def observe() -> None:
    """Observe until a signal says stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Observer().run(stop)
