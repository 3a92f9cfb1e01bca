"""Making the images that the platform can start to serve without, while it serves."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

import docker
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
    """The platform stops; what is half built is built again at the next start."""


class ImageBuilder(threading.Thread):
    """Builds what is stale, prints a line for each image as it ends, and says meanwhile what is under way."""

    def __init__(self, stack: Stack, steps: Steps) -> None:
        super().__init__(name="images", daemon=True)
        self._stack, self._steps = stack, steps
        self._stopping = threading.Event()  # `_stop` is Thread's own

    def run(self) -> None:
        """One after the other; one that fails leaves the others alone."""
        client = connect(self._stack.docker_url)
        with contextlib.closing(client), contextlib.suppress(Stopped):
            self._make("service images", self._services, client)
            for kind in stale(client, settings.INSTALLATION):
                self._make(f"{kind} image", self._image(kind), client)
            self._make("lessons' images", self._lessons, client)

    def stop(self) -> None:
        """End at the next word of progress, and wait a little for that."""
        self._stopping.set()
        if self.is_alive():
            self.join(END_SECONDS)

    def _make(
        self,
        name: str,
        make: Callable[[docker.DockerClient, Report], str],
        client: docker.DockerClient,
    ) -> None:
        try:
            with self._steps.step(name) as step:
                step.result = make(client, self._report(step.report))
        except Stopped:
            raise
        # the last resort of a thread: what went wrong must not pass in silence
        except Exception as error:
            if not self._stopping.is_set():
                logger.exception("%s could not be made", name)
                self._steps.say(f"  {name}: {str(error)[-300:]}\n  `manage.py images` tries again.")

    def _services(self, client: docker.DockerClient, report: Report) -> str:
        with self._stack.way_out():
            return ensure_service_images(client, settings.INSTALLATION, report)

    def _image(self, kind: str) -> Callable[[docker.DockerClient, Report], str]:
        def make(client: docker.DockerClient, report: Report) -> str:
            with building(stale(client, settings.INSTALLATION)):
                said = ensure_images(client, settings.INSTALLATION, self._stack.way_out(), report, only=[kind])
            return said[-1].partition(": ")[2]

        return make

    def _lessons(self, client: docker.DockerClient, report: Report) -> str:
        return "; ".join(ensure_lesson_images(client, self._stack.way_out(), report)) or "none wanted"

    def _report(self, report: Report) -> Report:
        def tell(fraction: float, text: str) -> None:
            if self._stopping.is_set():
                raise Stopped("stopping")
            report(fraction, text)

        return tell


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
