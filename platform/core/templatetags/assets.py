"""Offer tags for what a page loads."""

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.static.import_map import import_map_json

register = template.Library()


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """Write the import map, the only inline script of a page.

    Module names must be known before the first module. It carries the nonce that the content
    security policy asks for; static/js/terminal/ reads it from here.
    """
    nonce = getattr(context.get("request"), "csp_nonce", "")
    text = mark_safe(import_map_json())  # noqa: S308  our own file names as JSON, with < escaped
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, text)
