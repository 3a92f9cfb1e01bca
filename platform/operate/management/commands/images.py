"""`manage.py images`: bring tools and machine images up to date on the engine in use."""

import os
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operate.engine import PrivateEngine, answers, choose_engine, connect
from operate.errors import OperateError
from operate.images import ensure_images, stale
from operate.lesson_images import ensure_lesson_images
from operate.registry import ensure_registry_image
from operate.shell import is_root
from operate.stack import open_layout
from operate.steps import Steps
from operate.tools import ensure_tools
from sandboxes.building import building


class Command(BaseCommand):
    help = "Make what is missing or out of date: the tools in var/tools, the base image, the machine images."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ensure(Steps())
        except OperateError as error:
            raise CommandError(str(error)) from error


def ensure(steps: Steps) -> None:
    """Do it, printing a line for tools and one for images. A private engine must be running (`manage.py up`)."""
    layout = open_layout(settings.VAR_DIR)
    choice = choose_engine(layout, os.environ, root=is_root())
    if choice.kind == "private" and not answers(choice.docker_url):
        raise OperateError("the private engine does not run; `manage.py up` starts it and makes the images")
    client = connect(choice.docker_url)
    with steps.step("tools") as step:
        step.result = "; ".join(ensure_tools(layout))
    with steps.step("images") as step:
        way_out = PrivateEngine(layout).uplink() if choice.kind == "private" else nullcontext()
        with building(stale(client, settings.INSTALLATION)):
            step.result = "; ".join(ensure_images(client, settings.INSTALLATION, way_out, step.report))
    if settings.REGISTRY:
        with steps.step("registry image") as step:
            way_out = PrivateEngine(layout).uplink() if choice.kind == "private" else nullcontext()
            with way_out:
                step.result = ensure_registry_image(client, settings.INSTALLATION, step.report)
    with steps.step("lessons' images") as step:
        way_out = PrivateEngine(layout).uplink() if choice.kind == "private" else nullcontext()
        step.result = "; ".join(ensure_lesson_images(client, way_out, step.report)) or "none wanted"
    client.close()
