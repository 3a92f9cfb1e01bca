"""Open browsers in which learners have signed in, and give them ready machines."""

from django.test import Client

from accounts.models import User
from curriculum.models import Lesson
from sandboxes.models import Machine, Sandbox
from tests.support.factories import SandboxFactory

# A check that measures, and the prediction of what it measures.
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
PREDICTED = {
    "id": "memory",
    "label": "How much?",
    "unit": "MiB",
    "min": 0,
    "max": 1000,
    "of": "memory",
}


def client_of(user: User, **options: bool) -> Client:
    """Open a browser in which this user has signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def ready_sandbox(student: User, lesson: Lesson, machine: Machine) -> Sandbox:
    """Make a ready sandbox, and claim a machine for it."""
    sandbox = SandboxFactory(user=student, lesson=lesson)
    machine.sandbox, machine.name, machine.state = sandbox, "box", Machine.State.CLAIMED
    machine.save()
    return sandbox
