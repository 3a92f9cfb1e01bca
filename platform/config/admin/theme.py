"""django-unfold's clothes for every model in the admin."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.admin import UserAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm


def dress(site: AdminSite) -> None:
    """Give unfold's look to every admin class that was written without knowing it, those of other packages too."""
    for model, registered in list(site._registry.items()):
        if not isinstance(registered, ModelAdmin):
            site.unregister(model)
            site.register(model, _dressed(type(registered)))


def _dressed(plain: type) -> Any:
    # Django's pair of lists is wider than the page and names its tooltips in a way that ARIA forbids (a label on a span
    # without a role); a plain list of choices does the same job.
    extra: dict[str, Any] = {"__module__": plain.__module__, "filter_horizontal": ()}
    if issubclass(plain, UserAdmin):
        extra["change_password_form"] = AdminPasswordChangeForm
    return type(plain.__name__, (plain, ModelAdmin), extra)
