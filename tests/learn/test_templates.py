"""What no template may hold, so that a strict content security policy can be switched on; names in style sheets."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))


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


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "tokens.css"], ids=name_of)
def test_variables_exist(path):
    known = set(re.findall(r"(--[\w-]+):", "".join(style.read_text() for style in STYLES)))
    assert set(re.findall(r"var\((--[\w-]+)\)", path.read_text())) <= known


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing_from_the_request(status):
    from django.template.loader import get_template

    assert "To the courses" in get_template(f"{status}.html").render()
