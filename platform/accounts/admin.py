"""Register users, tokens and invitations with the Django admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account_deletion import delete_account, is_last_operator
from accounts.errors import LastOperator
from accounts.models import ApiToken, Invitation, User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """Add the role to Django's own admin of users."""

    list_display = ("username", "role", "email", "is_active", "last_login")
    list_filter = ("role", "is_active", "is_staff", "groups")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("Drydock", {"fields": ("role",)}))
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, ("Drydock", {"fields": ("role",)}))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and is_last_operator(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let what is a user's go with the user, even rows that nobody may delete one by one."""
        shown, counts, _lacking, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete as the page of the user's own account does."""
        delete_account(user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete several users; the last operator stays."""
        for user in queryset:
            try:
                delete_account(user=user)
            except LastOperator as error:
                messages.error(request, str(error))


class SecretAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """Show and revoke secrets.

    Only pages and commands make one, because the secret is shown once.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(SecretAdmin):
    list_display = ("name", "user", "prefix", "created_at", "used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "prefix")
    exclude = ("digest",)


@admin.register(Invitation)
class InvitationAdmin(SecretAdmin):
    list_display = ("email", "role", "invited_by", "expires_at", "accepted_by")
    list_select_related = ("invited_by", "accepted_by")
    search_fields = ("email",)
    exclude = ("digest",)
