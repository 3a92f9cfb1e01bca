"""Users in the Django admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """Django's own, with the role."""

    list_display = ("username", "role", "email", "is_active", "last_login")
    list_filter = ("role", "is_active", "is_staff", "groups")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("Drydock", {"fields": ("role",)}))
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, ("Drydock", {"fields": ("role",)}))
