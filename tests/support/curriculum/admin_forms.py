"""Post the forms of the admin as a browser does."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse

from curriculum.admin.forms import SpecForm


def change(row: Model) -> str:
    """Give the path of a row's form."""
    return reverse(f"admin:curriculum_{row._meta.model_name}_change", args=[row.pk])


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
