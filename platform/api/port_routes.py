"""Serve the part of the HTTP API that opens ports of machines."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from accounts.access import user_of
from api.errors import BadRequest
from api.idempotency import once
from api.schemas import ApiSchema, ErrorBody
from ports.links import SessionNeeded, port_link

router = Router(tags=["Sandboxes"])
ERRORS = (400, 401, 403, 404, 411, 413, 422, 429, 503)


class PortPath(Schema):
    path: str = Field(
        "/",
        max_length=1000,
        pattern=r"^/[!-~]*$",
        description="What to open, with its query.",
        examples=["/"],
    )


class PortLink(ApiSchema):
    url: str = Field(
        description="Opens the port once, within 30 seconds, from a page of the platform."
    )


@router.post(
    "/machines/{uuid:machine_id}/ports/{int:port}",
    response={200: PortLink, **dict.fromkeys(ERRORS, ErrorBody)},
    include_in_schema=False,  # for the platform's own pages: it takes their session
)
@once
def open_port(request: HttpRequest, machine_id: UUID, port: int, body: PortPath) -> dict[str, Any]:
    """Get an address that opens a port of your machine in this browser.

    It takes a session: with a token no browser would be let in.
    """
    try:
        return {"url": port_link(request, user_of(request), machine_id, port, body.path)}
    except SessionNeeded:
        raise BadRequest(
            "session-needed", "A port is opened from a page, with the session that it has."
        ) from None
