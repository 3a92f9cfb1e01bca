"""Checks of what answers on a port."""

from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import OR_PLACEHOLDER, TextCheck

HttpPath = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=500), OR_PLACEHOLDER]
# With a placeholder it is that text until it is filled in, and written down as such. `varies` tells forms.
Port = Annotated[
    int,
    Field(strict=True, ge=1, le=65535, json_schema_extra={"varies": True}),
    OR_PLACEHOLDER,
    PlainSerializer(lambda port: port, return_type=int | str),
]


class PortCheck(TextCheck):
    """What answers on a TCP port of the machine's loopback device: anything at all or, with `http_path`, an HTTP
    server whose answer has this status and a body that fits."""

    kind: Literal["port"] = "port"
    port: Port
    open: Annotated[bool, Field(strict=True, description="Whether somebody is to listen; no: nobody may.")] = True
    http_path: Annotated[
        HttpPath | None, Field(description="Asked for over HTTP, as in /index.html; without it, being open is all.")
    ] = None
    status: Annotated[
        int | None, Field(strict=True, ge=100, le=599, description="What HTTP has to answer; 200 unless told.")
    ] = None
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    @property
    def wanted_status(self) -> int:
        """The status that an HTTP server has to give."""
        return 200 if self.status is None else self.status

    @model_validator(mode="after")
    def _asks_for_what_can_be_had(self) -> Self:
        http = [name for name in ("status", *self.matchers()) if getattr(self, name)]
        if http and self.http_path is None:
            raise PydanticCustomError("http_path", "{name} needs an http_path", {"name": http[0], "at": (http[0],)})
        if self.http_path is not None and not self.open:
            raise PydanticCustomError("http_path", "nobody answers on a closed port", {"at": ("http_path",)})
        return self
