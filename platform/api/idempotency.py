"""Let a POST with an Idempotency-Key act once, however often it arrives.

The key's row, what the call changes and its answer are committed in one transaction. A second call
with the key waits for that commit (at the row's unique constraint, on SQLite at the write lock) and
finds the answer; on PostgreSQL it waits WAIT_SECONDS at most. If the process dies on the way
nothing has happened, and the next try acts.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from accounts.access import user_of
from accounts.models import User
from api.errors import EXPLAINED, BadRequest, KeyBusy, KeyReused, explain
from api.models import AnsweredCall

Json = dict[str, Any]
View = Callable[..., Json]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LIFETIME = timedelta(hours=24)
# A call talks to the database alone and takes milliseconds; SQLite's own limit is in
# settings.DATABASES.
WAIT_SECONDS = 10.0
KEY_PATTERN = re.compile(r"[!-~]{1,200}")

# How the OpenAPI description shows the header.
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Any 1 to 200 visible ASCII characters, new for every new call. For 24 hours "
    "the same call with the same key gets the first answer again and does nothing; another call "
    "with it gets 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def once(view: View) -> Callable[..., Json | HttpResponse]:
    """Run a POST view once per Idempotency-Key; without the header, always."""

    @wraps(view)
    def answer(request: HttpRequest, **values: Any) -> Json | HttpResponse:
        if HEADER not in request.headers:
            return view(request, **values)
        key = read_key(request)
        call, new = answer_once(
            user=user_of(request),
            key=key,
            digest=digest_of(request),
            act=lambda: view(request, **values),
        )
        if new and call.status == 200:
            return dict(call.body)
        return JsonResponse(
            call.body, status=call.status, headers={} if new else {REPLAYED: "true"}
        )

    return answer


def read_key(request: HttpRequest) -> str:
    """Return the header's value. Raises BadRequest."""
    key = request.headers[HEADER]
    if not KEY_PATTERN.fullmatch(key):
        raise BadRequest("bad-key", f"{HEADER} must be 1 to 200 visible ASCII characters.")
    return key


def answer_once(
    *, user: User, key: str, digest: str, act: Callable[[], Json]
) -> tuple[AnsweredCall, bool]:
    """Return the call that this key stands for, and whether it was made just now.

    Raises KeyReused, KeyBusy, and errors for which a retry with the same key shall act: the
    platform's.
    """
    with transaction.atomic():
        old_keys().filter(user=user).delete()
        call, new = take_key(user, key, digest)
        if call.digest != digest:
            raise KeyReused
        if new:
            call.status, call.body = answer_of(act)
            call.save(update_fields=["status", "body"])
    return call, new


def forget_old_keys() -> None:
    """Delete keys of people who do not come back."""
    old_keys().delete()


def old_keys() -> QuerySet[AnsweredCall]:
    """Select keys that nobody can use any more."""
    return AnsweredCall.objects.filter(created_at__lt=timezone.now() - LIFETIME)


def take_key(user: User, key: str, digest: str) -> tuple[AnsweredCall, bool]:
    """Get or make the key's row, and say whether it is new. Raises KeyBusy."""
    try:
        set_lock_timeout(f"{WAIT_SECONDS * 1000:.0f}ms")
        call, new = AnsweredCall.objects.get_or_create(
            user=user, key=key, defaults={"digest": digest}
        )
    except OperationalError as error:
        raise KeyBusy from error
    set_lock_timeout("0")
    return call, new


def set_lock_timeout(time: str) -> None:
    """Bound how long this transaction waits for locks from here on.

    "0" is PostgreSQL's own default, for ever.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [time])


def answer_of(act: Callable[[], Json]) -> tuple[int, Json]:
    """Act, and return status and body.

    A refusal undoes what it had begun, and is an answer like any other; an invalid call (422) may
    be corrected and sent again.
    """
    try:
        with transaction.atomic():
            return 200, act()
    except EXPLAINED as error:
        reply = explain(error)
        if reply.status >= 500 or reply.status == 422:
            raise
        return reply.status, reply.body


def digest_of(request: HttpRequest) -> str:
    """Hash what makes two calls the same: path and body."""
    return hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
