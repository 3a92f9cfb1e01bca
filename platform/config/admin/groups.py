"""List the admin's models by what they are for, not by the package that brought each."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Title: TypeAlias = str | Promise
ListEntry: TypeAlias = dict[str, Any]  # an app or a model, as Django's `get_app_list` describes it

# Models by label, in the order of the day's work; a title where the package's own name says little.
GROUPS: tuple[tuple[Title, dict[str, Title]], ...] = (
    (_("Lessons"), {"curriculum.Course": "", "curriculum.Lesson": "", "curriculum.Exercise": ""}),
    (
        _("Students' work"),
        {
            "grading.Submission": "",
            "grading.Score": "",
            "grading.Prediction": "",
            "grading.Certificate": "",
        },
    ),
    (
        _("People"),
        {
            "accounts.User": "",
            "accounts.Invitation": "",
            "account.EmailAddress": _("E-mail addresses"),
            "mfa.Authenticator": _("Second factors"),
            "accounts.ApiToken": _("API tokens"),
            "auth.Group": "",
        },
    ),
    (_("Machines"), {"sandboxes.Sandbox": "", "sandboxes.Machine": "", "sandboxes.Host": ""}),
    (
        _("What happened"),
        {
            "core.AuditEntry": "",
            "axes.AccessAttempt": _("Locked-out names"),
            "axes.AccessFailureLog": _("Failed sign-ins"),
            "axes.AccessLog": _("Sign-ins"),
        },
    ),
)


def group_models(site: AdminSite) -> None:
    """Let a site's index and sidebar show the groups.

    A model that stands in none stays with its app, below them.
    """
    plain = site.get_app_list

    def get_app_list(request: HttpRequest, app_label: str | None = None) -> list[ListEntry]:
        apps: list[ListEntry] = plain(request, app_label)
        return apps if app_label else group_apps(apps)

    site.get_app_list = get_app_list  # type: ignore[method-assign]


def group_apps(apps: list[ListEntry]) -> list[ListEntry]:
    """Sort the models this user may see into GROUPS.

    Empty groups are left out.
    """
    models = {model["model"]._meta.label: model for app in apps for model in app["models"]}
    groups = [group_entry(title, list(take_models(models, titles))) for title, titles in GROUPS]
    rest = [
        app | {"models": [model for model in app["models"] if model in models.values()]}
        for app in apps
    ]
    return [entry for entry in (*groups, *rest) if entry["models"]]


def take_models(models: dict[str, ListEntry], titles: dict[str, Title]) -> Iterator[ListEntry]:
    """Yield the models of a group's titles, and remove them from `models`."""
    for label, title in titles.items():
        if model := models.pop(label, None):
            yield model | {"name": title or model["name"]}


def group_entry(title: Title, models: list[ListEntry]) -> ListEntry:
    """Return a group in the shape of an app; its heading leads to its first list."""
    address = models[0]["admin_url"] if models else ""
    return {
        "name": title,
        "app_label": "",
        "app_url": address,
        "has_module_perms": True,
        "models": models,
    }
