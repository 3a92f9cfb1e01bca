"""/api/docs: the API's OpenAPI description as a page, made here, without a script and without another site."""

import json
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.routes import api

Json = dict[str, Any]

TAGS = ("Lessons", "Sandboxes", "Exercises")


@dataclass(frozen=True)
class OperationView:
    """One operation as the page shows it."""

    id: str
    tag: str
    method: str
    path: str
    text: str
    body: str
    takes_key: bool
    answer: str
    errors: list[str]


@dataclass(frozen=True)
class FieldView:
    """One field of a shape. `shape` is the name of the shape that it holds, if it holds one."""

    name: str
    type: str
    shape: str
    text: str


def api_docs(request: HttpRequest) -> HttpResponse:
    """The page; nobody has to be signed in to read it."""
    return render(request, "learn/api_docs.html", {"groups": groups(), "shapes": shapes()})


def description() -> Json:
    """The OpenAPI document."""
    return dict(api.get_openapi_schema())


def groups() -> list[tuple[str, list[OperationView]]]:
    """Operations by tag, in the order in which one meets them."""
    found = [
        _operation(method, path, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]
    found.sort(key=lambda one: TAGS.index(one.tag))
    return [(tag, list(some)) for tag, some in groupby(found, key=lambda one: one.tag)]


def shapes() -> list[tuple[str, list[FieldView]]]:
    """What bodies and answers are made of, by name."""
    known = description()["components"]["schemas"]
    return [(name, [_field(key, one) for key, one in known[name]["properties"].items()]) for name in sorted(known)]


def _operation(method: str, path: str, operation: Json) -> OperationView:
    responses = operation["responses"]
    return OperationView(
        id=operation["operationId"],
        tag=operation["tags"][0],
        method=method.upper(),
        path=path,
        text=operation.get("description", ""),
        body=_example(operation),
        takes_key=any(one["in"] == "header" for one in operation["parameters"]),
        answer=_shape(responses[200]["content"]["application/json"]["schema"]),
        errors=[str(status) for status in responses if status >= 400],
    )


def _example(operation: Json) -> str:
    """A request body to copy; empty when it takes none."""
    if "requestBody" not in operation:
        return ""
    name = _shape(operation["requestBody"]["content"]["application/json"]["schema"])
    fields = description()["components"]["schemas"][name]["properties"]
    return json.dumps({key: one["examples"][0] for key, one in fields.items()})


def _field(name: str, schema: Json) -> FieldView:
    return FieldView(name=name, type=_type(schema), shape=_shape(schema), text=schema.get("description", ""))


def _shape(schema: Json) -> str:
    """The name of the shape that a schema refers to, directly, in a list, or as one of two possibilities."""
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).rsplit("/", 1)[-1]
    return ""


def _type(schema: Json) -> str:
    """A schema's type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "$ref" in schema:
        return _shape(schema)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "anything"))
