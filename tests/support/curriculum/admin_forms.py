"""Post the forms of the admin as a browser does."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from curriculum.admin.forms import SpecForm


def typed(response: HttpResponse) -> dict[str, str]:
    """Give what the browser would send back: every field with the value that it shows."""
    context: Any = response.context  # type: ignore[attr-defined]  # of the test client's response
    form: SpecForm = context["form"]
    posted = {"stamp": str(context["stamp"])}

    def add(fields: Iterable[Any]) -> None:
        for field in fields:
            if field.shape == "leaf" and not (field.part.widget == "flag" and not field.value):
                posted[field.name] = str(field.value)
            add(field.children)

    add(form.fields())
    return posted
