"""Give these tests a lesson with a Docker machine and nothing else."""

from collections.abc import Iterator

import pytest

from tests.support.browser.workspace import COURSE
from tests.support.running_platform import RunningPlatform

SLUG = "a-docker-machine"
MAKE_LESSON = f"""
from curriculum.models import Course, Lesson
Lesson.objects.create(
    course=Course.objects.get(slug="vms-and-containers"), slug="{SLUG}", title="A Docker machine",
    minutes=5, position=92, blocks=[{{"type": "html", "html": "<p>Run a container.</p>"}}],
    machines=[{{"name": "box", "kind": "docker"}}],
)
"""
FORGET_LESSON = f"""
from curriculum.models import Lesson
Lesson.objects.filter(slug="{SLUG}").delete()
"""


@pytest.fixture
def docker_lesson(stack: RunningPlatform) -> Iterator[str]:
    """The lesson's address."""
    stack.manage("shell", "--no-imports", "-c", MAKE_LESSON)
    yield f"{stack.base_url}{COURSE}{SLUG}/"
    stack.manage("shell", "--no-imports", "-c", FORGET_LESSON)
