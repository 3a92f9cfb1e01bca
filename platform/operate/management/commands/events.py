"""Tell pages what happens in students' machines, until stopped: `manage.py events`."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from sandboxes.docker_events.forwarder import EventForwarder
from sandboxes.lifecycle import touch_machine


class Command(BaseCommand):
    help = "Watch the engines, and the nested ones of students' machines; run by `manage.py up`."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        EventForwarder(touch_machine).run(stop)
