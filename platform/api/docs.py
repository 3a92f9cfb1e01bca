"""Show the API's OpenAPI description as a page, /api/docs.

It is made here, without a script and without another site.
"""

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
    """Hold an operation as the page shows it."""

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
    """Hold a field of a schema; `schema` names the schema in it, if there is one."""

    name: str
    type: str
    schema: str
    text: str


def api_docs(request: HttpRequest) -> HttpResponse:
    """Serve the page; nobody has to be signed in to read it."""
    return render(request, "learn/api_docs.html", {"groups": groups(), "schemas": schemas()})


def description() -> Json:
    """Return the OpenAPI document."""
    return dict(api.get_openapi_schema())


def groups() -> list[tuple[str, list[OperationView]]]:
    """Group operations by tag, in the order in which a caller meets them."""
    operations = [
        operation_view(method, path, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]
    operations.sort(key=lambda view: TAGS.index(view.tag))
    return [(tag, list(views)) for tag, views in groupby(operations, key=lambda view: view.tag)]


def schemas() -> list[tuple[str, list[FieldView]]]:
    """List what bodies and answers are made of, by name."""
    known = description()["components"]["schemas"]
    return [
        (name, [field_view(key, schema) for key, schema in known[name]["properties"].items()])
        for name in sorted(known)
    ]


def operation_view(method: str, path: str, operation: Json) -> OperationView:
    """Read an operation of the OpenAPI document."""
    responses = operation["responses"]
    return OperationView(
        id=operation["operationId"],
        tag=operation["tags"][0],
        method=method.upper(),
        path=path,
        text=operation.get("description", ""),
        body=example_body(operation),
        takes_key=any(parameter["in"] == "header" for parameter in operation["parameters"]),
        answer=schema_name(responses[200]["content"]["application/json"]["schema"]),
        errors=[str(status) for status in responses if status >= 400],
    )


def example_body(operation: Json) -> str:
    """Return a request body to copy; empty when there is none."""
    if "requestBody" not in operation:
        return ""
    name = schema_name(operation["requestBody"]["content"]["application/json"]["schema"])
    fields = description()["components"]["schemas"][name]["properties"]
    return json.dumps({key: field["examples"][0] for key, field in fields.items()})


def field_view(name: str, schema: Json) -> FieldView:
    """Read a field of a schema."""
    return FieldView(
        name=name,
        type=type_name(schema),
        schema=schema_name(schema),
        text=schema.get("description", ""),
    )


def schema_name(schema: Json) -> str:
    """Return the schema that a schema refers to: directly, in a list, or as a possibility."""
    for part in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).rsplit("/", 1)[-1]
    return ""


def type_name(schema: Json) -> str:
    """Return a schema's type in a few words."""
    if "anyOf" in schema:
        return " or ".join(type_name(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "$ref" in schema:
        return schema_name(schema)
    if schema.get("type") == "array":
        return f"list of {type_name(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "anything"))
