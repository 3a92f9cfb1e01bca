"""What no template may hold, so that a strict content security policy can be switched on."""

import re

import pytest

from tests.support.paths import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))

# Folders whose pages are marked for gettext, and what a terminal shows in every language.
MARKED = ("learn", "components", "accounts", "templates")
ON_SCREEN = {
    "box",
    "ps",
    "ps -e",
    "bash",
    "ptyd",
    "PID",
    "TTY",
    "TIME",
    "CMD",
    "pts/0",
    "root@box:~#",
    "openapi.json",
} | {"echo 3 &gt; /root/count"}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_nothing_inline(path):
    text = path.read_text()
    assert not re.search(r"<[^>]+\s(on[a-z]+|style)\s*=", text)
    assert "<style" not in text
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or 'type="importmap"' in attributes


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_nothing_from_other_sites(path):
    assert not re.search(r"(src|href)=\"(https?:)?//", path.read_text())


def words_outside_gettext(text):
    """List what no translation can reach: text between tags, and attributes that are read out."""
    for left_out in (
        r"{#.*?#}|{% comment %}.*?{% endcomment %}",
        r"{% block (body|error)_class %}.*?{% endblock \1_class %}",
        r"{% blocktranslate.*?{% endblocktranslate %}|<(code|pre|script|kbd)\b.*?</\1>",
        r"{[%{].*?[%}]}",
    ):
        text = re.sub(left_out, "", text, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    pieces = [
        piece.replace("Drydock", "").strip(" ·:\n")
        for piece in (*re.split(r"<[^>]*>", text), *spoken)
    ]
    return {piece for piece in pieces if re.search(r"[A-Za-z]{2}", piece)}


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path.parent.name in MARKED], ids=name_of
)
def test_every_text_can_be_translated(path):
    assert words_outside_gettext(path.read_text()) <= ON_SCREEN


@pytest.mark.parametrize(
    "path", [path for path in STYLES if path.name != "tokens.css"], ids=name_of
)
def test_variables_exist(path):
    """Those named --color-… are the admin's own (django-unfold)."""
    known = set(re.findall(r"(--[\w-]+):", "".join(style.read_text() for style in STYLES)))
    assert set(re.findall(r"var\((--(?!color-)[\w-]+)\)", path.read_text())) <= known


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing_from_the_request(status):
    from django.template.loader import get_template

    assert "To the courses" in get_template(f"{status}.html").render()
