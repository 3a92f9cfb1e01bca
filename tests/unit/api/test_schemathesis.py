"""Schemathesis calls every operation with what its description allows, and with what it does not.

It calls by token and by session, and finds no 5xx, no error in another shape, and no answer that
differs from its description. All in this process, on a fake engine.
"""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from accounts.tokens import create_token
from api.routes import api
from tests.support.factories import SandboxFactory, SubmissionFactory
from tests.support.learners import client_of

EXAMPLES = 15
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
]


@pytest.fixture
def known(student, exercise, lesson, pooled_machine, settings):
    """Values that make a call meet something: what a random one hardly ever does."""
    settings.API_READS_PER_MINUTE = settings.API_CHANGES_PER_MINUTE = 1_000_000
    sandbox = SandboxFactory(user=student, lesson=lesson)
    submission = SubmissionFactory(
        user=student,
        exercise=exercise,
        number=1,
        state="graded",
        points=3,
        changed_at=timezone.now(),
    )
    return {
        "course": "course", "lesson": "boxes", "exercise": "task",
        "sandbox_id": str(sandbox.pk), "submission_id": str(submission.pk),
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _one_connection():
    """As Django's own test client does: requests leave the test's connection open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def by_token(user):
    return {"headers": {"Authorization": f"Bearer {create_token(user, 'schemathesis')[1]}"}}


def by_session(user):
    """What a page of a signed-in user sends."""
    csrf = "c" * 32
    session = client_of(user).cookies["drydock_session"].value
    return {
        "headers": {"X-CSRFToken": csrf},
        "cookies": {"drydock_session": session, "drydock_csrf": csrf},
    }


def description():
    """The operations as schemathesis sees them, with no server between it and Django."""
    application = get_wsgi_application()
    return schemathesis.openapi.from_wsgi(
        "/api/openapi.json", application, config=SchemathesisConfig()
    )


def meet(case, values):
    """Put values that exist into a case's path and body."""
    case.path_parameters = {
        name: values.get(name, value) for name, value in (case.path_parameters or {}).items()
    }
    if values and isinstance(case.body, dict) and isinstance(case.body.get("lesson"), str):
        case.body["lesson"] = "course/boxes"


def checks():
    return [CHECKS.get_one(name) for name in NAMES]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize("sign_in", [by_token, by_session], ids=["token", "session"])
def test_an_operation(name, mode, sign_in, known, student):
    signed_in = sign_in(student)
    method, path = name.split()
    operation = description()[path][method]
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # noqa: BLE001  (nothing to get wrong in a call without parameters)
        pytest.skip(str(error))

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def call(case):
        for values in ({}, known):
            meet(case, values)
            case.cookies = {}  # schemathesis makes up a session, and a token
            (case.headers or {}).pop("Authorization", None)
            answer = case.call(**signed_in)
            assert answer.status_code not in (401, 403)
            case.validate_response(answer, checks=checks())
            if answer.status_code >= 400:
                assert set(answer.json()["error"]) == {"code", "message"}

    call()
