"""Bring tools and machine images up to date on the engine in use: `manage.py images`."""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import docker
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operate.console.shell import is_root
from operate.console.steps import Steps
from operate.engine.network_namespace import uplink
from operate.engine.private_engine import (
    EngineChoice,
    answers,
    choose_engine,
    connect,
)
from operate.errors import ImageError, OperateError
from operate.images.lesson_images import ensure_lesson_images
from operate.images.machine_images import FIRST, ensure_images, image_names, stale
from operate.images.service_images import ensure_service_images
from operate.images.tools import ensure_tools
from operate.stack.layout import Layout
from operate.stack.stack import open_layout
from sandboxes.provisioning.image_builds import building


class Command(BaseCommand):
    help = "Make the tools, the base image and the machine images that are missing or stale."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ensure(Steps())
        except OperateError as error:
            raise CommandError(str(error)) from error


def ensure(steps: Steps) -> None:
    """Make all tools and images, printing a line for each part.

    An image that fails leaves the others alone. A private engine must be running (`manage.py up`).
    """
    layout = open_layout(settings.VAR_DIR)
    choice = choose_engine(layout, os.environ, root=is_root())
    if choice.kind == "private" and not answers(choice.docker_url):
        raise OperateError(
            "the private engine does not run; `manage.py up` starts it and makes the images"
        )
    client = connect(choice.docker_url)
    with steps.step("tools") as step:
        step.result = "; ".join(ensure_tools(layout))
    failed = ensure_machine_images(client, layout, choice, steps)
    with steps.step("service images") as step, build_uplink(layout, choice):
        step.result = ensure_service_images(client, settings.INSTALLATION, step.report)
    with steps.step("lessons' images") as step:
        lines = ensure_lesson_images(client, build_uplink(layout, choice), step.report)
        step.result = "; ".join(lines) or "none wanted"
    client.close()
    if failed:
        raise ImageError("\n".join(failed))


def build_uplink(layout: Layout, choice: EngineChoice) -> AbstractContextManager[object]:
    """Open the way out for builds; a private engine's is closed otherwise."""
    return uplink(layout) if choice.kind == "private" else nullcontext()


def ensure_machine_images(
    client: docker.DockerClient, layout: Layout, choice: EngineChoice, steps: Steps
) -> list[str]:
    """Make each; return why those failed that did.

    Raises ImageError when it is the one that others begin from.
    """
    failed: list[str] = []
    for kind in image_names():
        with steps.step(f"{kind} image") as step, building(stale(client, settings.INSTALLATION)):
            try:
                way_out = build_uplink(layout, choice)
                lines = ensure_images(
                    client, settings.INSTALLATION, way_out, step.report, only=[kind]
                )
                step.result = lines[-1].partition(": ")[2]
            except ImageError as error:
                if kind == FIRST:
                    raise
                failed.append(str(error))
                step.result = "failed, see below"
    return failed
