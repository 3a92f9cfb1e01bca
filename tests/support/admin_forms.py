"""Post the forms of the admin as a browser does."""

from django.urls import reverse

from curriculum.admin.forms import SpecForm


def change(row):
    return reverse(f"admin:curriculum_{row._meta.model_name}_change", args=[row.pk])


def typed(response):
    """What the browser would send back: every field as it stands."""
    form: SpecForm = response.context["form"]
    posted = {"stamp": str(response.context["stamp"])}

    def add(fields):
        for field in fields:
            if field.shape == "leaf" and not (field.part.widget == "flag" and not field.value):
                posted[field.name] = str(field.value)
            add(field.children)

    add(form.fields())
    return posted
