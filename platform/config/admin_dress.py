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
    extra = {"change_password_form": AdminPasswordChangeForm} if issubclass(plain, UserAdmin) else {}
    return type(plain.__name__, (plain, ModelAdmin), {"__module__": plain.__module__, **extra})
