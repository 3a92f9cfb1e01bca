"""Images of lessons' own machines, built and refused on a real engine."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import docker
import pytest

from curriculum.models import Lesson, LessonFile
from operate.images.lesson_images import ensure_lesson_images
from sandboxes.machine_types.images import image_tag
from tests.support.factories import CourseFactory
from tests.support.waiting import wait_for

Build = Callable[..., list[str]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def build(docker_client: docker.DockerClient, installation: str, settings: Any) -> Build:
    course = CourseFactory(slug="course", title="Course")
    lesson = Lesson.objects.create(
        course=course, slug="lesson", title="Lesson", machines=[{"name": "box"}], folder="x"
    )

    def run(dockerfile: str, **files: str) -> list[str]:
        LessonFile.objects.all().delete()
        for path, text in {"Dockerfile": dockerfile, **files}.items():
            LessonFile.objects.create(
                lesson=lesson, path=f"machines/box/{path}", content=text.encode()
            )
        return ensure_lesson_images(docker_client, nullcontext(), recorder.append_progress)

    class recorder:  # noqa: N801  a namespace
        progress: list[tuple[float, str]] = []

        @classmethod
        def append_progress(cls, fraction: float, text: str) -> None:
            cls.progress.append((fraction, text))

    run.progress = recorder.progress  # type: ignore[attr-defined]  # for the one test that looks
    return run


def test_dockerfile_is_built_once_and_again_when_it_changes(
    build: Build, docker_client: docker.DockerClient
) -> None:
    text = "FROM drydock/linux\nCOPY greeting /root/\n"
    assert build(text, greeting="hello") == ["course/lesson/box: built"]
    assert build(text, greeting="hello") == ["course/lesson/box: current"]
    assert build(text, greeting="changed") == ["course/lesson/box: built"]
    assert any("building course/lesson/box" in text for _, text in build.progress)  # type: ignore[attr-defined]
    assert docker_client.images.get(image_tag("build:course/lesson/box"))


def test_failing_step_is_told(build: Build) -> None:
    [line] = build("FROM drydock/linux\nRUN echo about to fail && false\n")
    assert line.startswith("course/lesson/box: failed")
    assert "about to fail" in line


def test_build_that_takes_too_long_is_ended(
    build: Build, settings: Any, docker_client: docker.DockerClient
) -> None:
    settings.BUILD_SECONDS = 2
    [line] = build("FROM drydock/linux\nRUN sleep 654\n")
    assert line == "course/lesson/box: failed: took longer than 2 s"
    wait_for(lambda: not runs(docker_client, "sleep 654"), "the end of the build's command")


def runs(client: docker.DockerClient, command: str) -> bool:
    """Whether a container runs a command."""
    containers = client.containers.list(ignore_removed=True)
    return any(
        command in " ".join([container.attrs["Path"], *container.attrs["Args"]])
        for container in containers
    )


def test_build_that_takes_too_much_memory_is_ended(build: Build, settings: Any) -> None:
    settings.BUILD_MEMORY_BYTES = 32 * 1024**2
    [line] = build("FROM drydock/linux\nRUN head -c 200m /dev/zero | tail\n")
    assert line.startswith("course/lesson/box: failed")


def test_image_that_is_too_large_is_refused(
    build: Build, settings: Any, docker_client: docker.DockerClient
) -> None:
    settings.BUILD_IMAGE_MAX_BYTES = 1000
    [line] = build("FROM drydock/linux\nRUN true\n")
    assert "DRYDOCK_BUILD_IMAGE_MAX_BYTES" in line
    with pytest.raises(docker.errors.ImageNotFound):
        docker_client.images.get(image_tag("build:course/lesson/box"))


def test_dockerfile_is_held_against_the_list_again(build: Build) -> None:
    [line] = build("FROM debian:bookworm-slim\n")
    assert "Dockerfile:1: FROM debian:bookworm-slim is not allowed" in line
