"""Apply django-unfold's theme to every model in the admin."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.admin import UserAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm


def apply_theme(site: AdminSite) -> None:
    """Give unfold's look to every admin class that was written without knowing it.

    Those of other packages, too.
    """
    for model, registered in list(site._registry.items()):
        if not isinstance(registered, ModelAdmin):
            site.unregister(model)
            site.register(model, themed_class(type(registered)))


def themed_class(plain: type) -> Any:
    # Django's pair of lists is wider than the page and names its tooltips in a way that ARIA
    # forbids (a label on a span without a role); a plain list of choices does the same job.
    """Return an admin class derived from the plain one and unfold's."""
    extra: dict[str, Any] = {"__module__": plain.__module__, "filter_horizontal": ()}
    if issubclass(plain, UserAdmin):
        extra["change_password_form"] = AdminPasswordChangeForm
    return type(plain.__name__, (plain, ModelAdmin), extra)
