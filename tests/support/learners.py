"""Make courses, and browsers in which people have signed in."""

from django.test import Client
from django.utils import timezone

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from sandboxes.models import Sandbox

MEASURED = {
    "id": "memory",
    "kind": "measurement",
    "path": "/root/memory",
    "of": "memory",
    "unit": "MiB",
    "within_percent": 20,
    "message": "Measure again.",
    "read": "Above.",
}
ASKED = {"id": "memory", "label": "How much?", "unit": "MiB", "min": 0, "max": 1000, "of": "memory"}
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


def ready_sandbox(student, lesson, machine):
    sandbox = make_sandbox(student, lesson)
    machine.sandbox, machine.name, machine.state = sandbox, "box", "claimed"
    machine.save()
    return sandbox


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
