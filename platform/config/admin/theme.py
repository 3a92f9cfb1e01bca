"""Apply django-unfold's theme, and what holds for every page, to every model in the admin."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.admin import UserAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm

from config.admin.rules import HouseRules, with_rules


def apply_theme(site: AdminSite) -> None:
    """Give unfold's look and the product's rules to every admin class, whoever wrote it."""
    for model, registered in list(site._registry.items()):
        if not isinstance(registered, HouseRules):
            site.unregister(model)
            site.register(model, themed_class(type(registered)))


def themed_class(plain: type) -> Any:
    # Django's pair of lists is wider than the page and names its tooltips in a way that ARIA
    # forbids (a label on a span without a role); a plain list of choices does the same job.
    """Return an admin class derived from the plain one and unfold's."""
    extra: dict[str, Any] = {"__module__": plain.__module__}
    if not issubclass(plain, ModelAdmin):
        extra["filter_horizontal"] = ()
    if issubclass(plain, UserAdmin):
        extra["change_password_form"] = AdminPasswordChangeForm
    if inlines := getattr(plain, "inlines", ()):
        extra["inlines"] = [with_rules(inline) for inline in inlines]
    themed = (plain,) if issubclass(plain, ModelAdmin) else (plain, ModelAdmin)
    return type(plain.__name__, (HouseRules, *themed), extra)
