"""A POST with an Idempotency-Key acts once, however often it arrives.

The key's row, what the call changes and its answer are committed in one transaction. A second call with the key waits
for that commit (at the row's unique constraint, on SQLite at the write lock) and finds the answer; on PostgreSQL it
waits WAIT_SECONDS at most. If the process dies on the way nothing has happened, and the next try acts.
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
KEPT = timedelta(hours=24)
# A call talks to the database alone and takes milliseconds; SQLite's own limit is in settings.DATABASES.
WAIT_SECONDS = 10.0
_KEY = re.compile(r"[!-~]{1,200}")

# How the OpenAPI description shows the header.
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Any 1 to 200 visible ASCII characters, new for every new call. For 24 hours the same call with the "
    "same key gets the first answer again and does nothing; another call with it gets 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def once(view: View) -> Callable[..., Json | HttpResponse]:
    """Make a POST's view act once for each key. Without the header it is called as it is."""

    @wraps(view)
    def answer(request: HttpRequest, **values: Any) -> Json | HttpResponse:
        if HEADER not in request.headers:
            return view(request, **values)
        key = read_key(request)
        call, new = answer_once(
            user=user_of(request), key=key, digest=_digest(request), act=lambda: view(request, **values)
        )
        if new and call.status == 200:
            return dict(call.body)
        return JsonResponse(call.body, status=call.status, headers={} if new else {REPLAYED: "true"})

    return answer


def read_key(request: HttpRequest) -> str:
    """The header's value. Raises BadRequest."""
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise BadRequest("bad-key", f"{HEADER} must be 1 to 200 visible ASCII characters.")
    return key


def answer_once(*, user: User, key: str, digest: str, act: Callable[[], Json]) -> tuple[AnsweredCall, bool]:
    """The call that this key stands for, and whether it was made just now. Raises KeyReused, KeyBusy, and errors for
    which a retry with the same key shall act: those of the platform."""
    with transaction.atomic():
        _old_keys().filter(user=user).delete()
        call, new = _take_key(user, key, digest)
        if call.digest != digest:
            raise KeyReused
        if new:
            call.status, call.body = _act(act)
            call.save(update_fields=["status", "body"])
    return call, new


def forget_old_keys() -> None:
    """Those of people who do not come back."""
    _old_keys().delete()


def _old_keys() -> QuerySet[AnsweredCall]:
    return AnsweredCall.objects.filter(created_at__lt=timezone.now() - KEPT)


def _take_key(user: User, key: str, digest: str) -> tuple[AnsweredCall, bool]:
    """The key's row, and whether it is new. Raises KeyBusy."""
    try:
        _wait_at_most(f"{WAIT_SECONDS * 1000:.0f}ms")
        found = AnsweredCall.objects.get_or_create(user=user, key=key, defaults={"digest": digest})
    except OperationalError as error:
        raise KeyBusy from error
    _wait_at_most("0")
    return found


def _wait_at_most(time: str) -> None:
    """How long this transaction waits for locks from here on; "0" is PostgreSQL's own default, for ever."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [time])


def _act(act: Callable[[], Json]) -> tuple[int, Json]:
    """Status and body. A refusal undoes what it had begun, and is an answer like any other; a call that can't be meant
    (422) may be mended and sent again."""
    try:
        with transaction.atomic():
            return 200, act()
    except EXPLAINED as error:
        answer = explain(error)
        if answer.status >= 500 or answer.status == 422:
            raise
        return answer.status, answer.body


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
