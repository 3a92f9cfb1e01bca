"""Show hosts, sandboxes and machines in the admin.

Rows of the last two are for reading: services change them.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import ngettext
from unfold.admin import TabularInline

from sandboxes.lifecycle import end_sandbox
from sandboxes.models import Host, Machine, Sandbox


class NoWriting:
    """Refuse to add, change and delete."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Host)
class HostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """Show engines. Taking one out of `accepting` drains it."""

    list_display = ("name", "docker_url", "transport", "accepting", "machines_max")
    exclude = ("images", "kvm_trial_image", "kvm_works", "kvm_message")
    readonly_fields = ("images_there", "kvm")

    @admin.display(description="KVM")
    def kvm(self, host: Host) -> str:
        """Say whether virtual machines use it, and why not."""
        return f"{'used' if host.kvm_works else 'not used'}: {host.kvm_message or 'not tried'}"

    @admin.display(description="Images there")
    def images_there(self, host: Host) -> str:
        """List the machine types that the engine has an image of, a line each."""
        known = sorted(host.images.items())
        lines = (
            (kind, image["id"].removeprefix("sha256:")[:12], image["size_bytes"] // 10**6)
            for kind, image in known
        )
        return format_html_join(mark_safe("<br>"), "{}: {}, {} MB", lines) or "none seen yet"


class MachineInline(NoWriting, TabularInline):  # type: ignore[misc]  # untyped package
    """Show a sandbox's machines."""

    model = Machine
    extra = 0
    fields = readonly_fields = ("id", "name", "kind", "state", "host", "container_id")


@admin.register(Sandbox)
class SandboxAdmin(NoWriting, admin.ModelAdmin):  # type: ignore[type-arg]  # none at runtime
    """Show sandboxes; the action ends them as their student would."""

    list_display = ("lesson_key", "user", "state", "reason", "created_at", "expires_at")
    list_filter = ("state", "lesson_key")
    list_select_related = ("user",)
    search_fields = ("user__username", "lesson_key")
    inlines = (MachineInline,)
    actions = ("end_selected",)

    @admin.action(description="End the selected sandboxes (home folders are kept)")
    def end_selected(
        self, request: HttpRequest, queryset: QuerySet[Sandbox]
    ) -> HttpResponse | None:
        """Say whom it concerns and ask; end them once that is confirmed."""
        alive = queryset.filter(state__in=Sandbox.ENDABLE_STATES).select_related("user")
        if not alive:
            messages.info(request, "Nothing to end: these sandboxes have ended already.")
            return None
        if "confirmed" in request.POST:
            by: Any = request.user
            for sandbox in alive:
                end_sandbox(sandbox=sandbox, reason=f"{by} ended your machine.", by=by)
            count = len(alive)
            text = ngettext("%d sandbox is ending.", "%d sandboxes are ending.", count) % count
            messages.success(request, f"{text} Home folders are kept.")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "End sandboxes",
            "opts": self.model._meta,
            "sandboxes": alive,
            "students": len({sandbox.user_id for sandbox in alive}),
            "ended": queryset.count() - len(alive),
        }
        return TemplateResponse(request, "admin/sandboxes/end.html", context)


@admin.register(Machine)
class MachineAdmin(NoWriting, admin.ModelAdmin):  # type: ignore[type-arg]  # none at runtime
    """Show machines, those of the pool included."""

    list_display = (
        "id",
        "kind",
        "accelerator",
        "state",
        "host",
        "sandbox",
        "container_id",
        "created_at",
    )
    list_filter = ("state", "kind", "host")
    list_select_related = ("host", "sandbox")
