"""Post the forms of the admin as a browser does."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from curriculum.admin.forms import SpecForm


def typed(response: HttpResponse) -> dict[str, str]:
    """Give what the browser would send back: every field with the value that it shows."""
    context: Any = response.context  # type: ignore[attr-defined]  # of the test client's response
    form: SpecForm = context["form"]
    return {"stamp": str(context["stamp"]), **shown_values(form.fields())}


def shown_values(fields: Iterable[Any]) -> dict[str, str]:
    """Return what a browser sends of fields that nobody has touched."""
    posted = {}
    for field in fields:
        if field.shape == "leaf" and not (field.part.widget == "flag" and not field.value):
            is_time = field.part.widget == "date-time"
            posted[field.name] = str((is_time and field.local_time) or field.value)
        if getattr(field, "is_empty", False):
            posted[field.empty_name] = "on"
        posted |= shown_values(field.children)
    return posted
