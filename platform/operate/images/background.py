"""Make, while the platform serves, the images that it can start without."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings

from operate.console.steps import Steps
from operate.engine.private_engine import connect
from operate.errors import OperateError
from operate.images.base_image import Report
from operate.images.lesson_images import ensure_lesson_images
from operate.images.machine_images import ensure_images, stale
from operate.images.service_images import ensure_service_images
from operate.stack.stack import Stack
from sandboxes.provisioning.image_builds import building

logger = logging.getLogger(__name__)

END_SECONDS = 5  # a private engine ends right after, and with it what it builds


class Stopped(OperateError):
    """Report that the platform stops.

    What is half built is built again at the next start.
    """


class ImageBuilder(threading.Thread):
    """Build what is stale, and print a line for each image as it ends."""

    def __init__(self, stack: Stack, steps: Steps) -> None:
        super().__init__(name="images", daemon=True)
        self._stack, self._steps = stack, steps
        self._stopping = threading.Event()  # `_stop` is Thread's own

    def run(self) -> None:
        """Build the images in turn; one that fails leaves the others alone."""
        client = connect(self._stack.docker_url)

        def make_services(report: Report) -> str:
            with self._stack.uplink():
                return ensure_service_images(client, settings.INSTALLATION, report)

        def make_image(name: str, report: Report) -> str:
            way_out = self._stack.uplink()
            with building(stale(client, settings.INSTALLATION)):
                lines = ensure_images(client, settings.INSTALLATION, way_out, report, only=[name])
            return lines[-1].partition(": ")[2]

        def make_lessons(report: Report) -> str:
            lines = ensure_lesson_images(client, self._stack.uplink(), report)
            return "; ".join(lines) or "none wanted"

        with contextlib.closing(client), contextlib.suppress(Stopped):
            self.make("service images", make_services)
            for name in stale(client, settings.INSTALLATION):
                self.make(f"{name} image", partial(make_image, name))
            self.make("lessons' images", make_lessons)

    def stop(self) -> None:
        """End at the next report of progress, and wait a little for that."""
        self._stopping.set()
        if self.is_alive():
            self.join(END_SECONDS)

    def make(self, name: str, make_images: Callable[[Report], str]) -> None:
        """Run one step; what fails is printed. Raises Stopped."""
        try:
            with self._steps.step(name) as step:

                def report(fraction: float, text: str) -> None:
                    if self._stopping.is_set():
                        raise Stopped("stopping")
                    step.report(fraction, text)

                step.result = make_images(report)
        except Stopped:
            raise
        # The last resort of a thread: what went wrong must not pass in silence.
        except Exception as error:
            if not self._stopping.is_set():
                logger.exception("%s could not be made", name)
                self._steps.say(f"  {name}: {str(error)[-300:]}\n  `manage.py images` tries again.")


@contextlib.contextmanager
def images_in_background(stack: Stack, steps: Steps) -> Iterator[None]:
    """Build what is missing while what is inside runs."""
    builder = ImageBuilder(stack, steps)
    if stack.engine is not None:
        builder.start()
    try:
        yield
    finally:
        builder.stop()
