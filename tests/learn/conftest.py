"""A course with two lessons, the people who may look at it, and a warm machine."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from sandboxes.models import Host, Machine, Sandbox

BOX = [{"name": "box", "kind": "linux"}]
DEFINITION = {
    "slug": "task",
    "title": "A task",
    "machine": "box",
    "hints": ["Look at `ps`.", "Look *again*."],
    "checks": [
        {
            "id": "answer",
            "kind": "file",
            "path": "/root/answer",
            "equals": "42",
            "points": 3,
            "message": "It should hold the answer.",
            "read": "Above.",
        }
    ],
}


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(name: str, role: str = "student") -> User:
        return User.objects.create_user(username=name, password="a long pass phrase", role=role)

    return make


@pytest.fixture
def student(make_user: Callable[..., User]) -> User:
    return make_user("student")


@pytest.fixture
def other(make_user: Callable[..., User]) -> User:
    return make_user("other")


@pytest.fixture
def instructor(make_user: Callable[..., User]) -> User:
    return make_user("instructor", "instructor")


def client_of(user: User, **options: bool) -> Client:
    """A browser in which this user has signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def make_exercise(lesson: Lesson, slug: str = "task", **fields: object) -> Exercise:
    values = {
        "title": f"The {slug}",
        "machine": "box",
        "points": 3,
        "body_html": "<p>Write <code>42</code>.</p>",
        "definition": DEFINITION | {"slug": slug},
        "version": "1",
    }
    return Exercise.objects.create(lesson=lesson, slug=slug, **(values | fields))


def make_lesson(course: Course, slug: str, **fields: object) -> Lesson:
    values = {
        "title": f"About {slug}",
        "summary": "Short.",
        "minutes": 10,
        "machines": BOX,
        "source": "",
        "version": "1",
    }
    return Lesson.objects.create(course=course, slug=slug, **(values | fields))


@pytest.fixture
def course(db: None) -> Course:
    return Course.objects.create(slug="course", title="A course", summary="About things.")


@pytest.fixture
def lesson(course: Course) -> Lesson:
    """`course/boxes`, the first of two, with one exercise between two pieces of text."""
    blocks = [
        {"type": "html", "html": "<h2>Before</h2>"},
        {"type": "exercise", "slug": "task"},
        {"type": "html", "html": "<p>After</p>"},
    ]
    lesson = make_lesson(course, "boxes", blocks=blocks, position=1)
    make_exercise(lesson)
    make_lesson(course, "more", machines=[], blocks=[{"type": "html", "html": "<p>Text</p>"}], position=2)
    return lesson


@pytest.fixture
def exercise(lesson: Lesson) -> Exercise:
    return lesson.exercises.get()


@pytest.fixture
def warm_machine(db: None) -> Machine:
    images = {"linux": {"id": "sha256:1", "size_bytes": 1}}
    host = Host.objects.create(name="here", docker_url="fake://learn", images=images)
    return Machine.objects.create(
        host=host, kind="linux", image="sha256:1", state="warm", container_id="c1", changed_at=timezone.now()
    )


def make_sandbox(user: User, lesson: Lesson, state: str = "ready") -> Sandbox:
    now = timezone.now()
    return Sandbox.objects.create(
        user=user,
        lesson_key=lesson.key,
        machines_wanted=lesson.machines,
        state=state,
        changed_at=now,
        active_at=now,
        expires_at=now + timezone.timedelta(hours=1),
    )
