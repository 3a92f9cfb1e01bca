"""Diagrams keep their drawing and lose everything that runs, loads or reaches out."""

import re
from xml.etree import ElementTree

import pytest

from curriculum.errors import UnusablePicture
from curriculum.rendering.svg import ATTRIBUTES, ELEMENTS, MAX_BYTES, clean_svg

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0'
    ' 0 10 10">'
)

NASTY = [
    "<script>alert(1)</script>",
    '<script href="https://x.example/a.js"/>',
    '<rect onclick="alert(1)"/>',
    '<g onload="alert(1)"/>',
    (
        "<foreignObject><body"
        " xmlns='http://www.w3.org/1999/xhtml'><script>1</script></body></foreignObject>"
    ),
    '<a href="javascript:alert(1)"><rect/></a>',
    '<a xlink:href="https://x.example"><rect/></a>',
    '<use href="https://x.example/a.svg#b"/>',
    '<use xlink:href="data:image/svg+xml,x#b"/>',
    '<use href="javascript:alert(1)"/>',
    '<image href="https://x.example/a.png"/>',
    '<feImage href="https://x.example/a.png"/>',
    "<style>@import url(https://x.example/a.css); * { fill: red }</style>",
    '<rect style="fill: url(https://x.example/a)"/>',
    '<rect fill="url(https://x.example/a#b)"/>',
    '<rect fill="url(&quot;https://x.example/a#b&quot;)"/>',
    '<rect fill="url(#a) url(//x.example)"/>',
    '<rect fill="u\\72l(https://x.example)"/>',
    '<rect fill="URL(https://x.example)"/>',
    '<rect clip-path="url(javascript:alert(1))"/>',
    '<animate attributeName="href" values="javascript:alert(1)"/>',
    '<set attributeName="onmouseover" to="alert(1)"/>',
    "<title><b xmlns='http://www.w3.org/1999/xhtml'>x</b></title>",
    "<desc><script>1</script></desc>",
    '<iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/>',
    '<x:script xmlns:x="http://www.w3.org/2000/svg">1</x:script>',
    '<text xml:base="https://x.example">x</text>',
    '<filter id="f"><feImage/></filter>',
    '<handler type="text/ecmascript">alert(1)</handler>',
]


def inspect(svg):
    """Assert that only allowed elements and attributes are in it, and no reference outward."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES | {"href", "focusable"}
        for value in element.attrib.values():
            assert "javascript" not in value
            assert re.sub(r"url\(#d-[\w.-]+\)", "", value).lower().find("url") == -1
        assert element.attrib.get("href", "#d-").startswith("#d-")
    assert "//x.example" not in svg


@pytest.mark.parametrize("inside", NASTY)
def test_nothing_that_runs_or_loads_gets_through(inside):
    picture = clean_svg(f"{HEAD}{inside}</svg>", label="x")
    inspect(picture.svg)
    assert picture.removed


def test_a_drawing_stays_as_it_is():
    inside = (
        '<title>T</title><defs><marker id="m" viewBox="0 0 2 2" refX="1" orient="auto"><path d="M0'
        ' 0"/></marker></defs><g class="d-box" fill="var(--ink)" transform="scale(2)"><rect x="1"'
        ' y="2" width="3" height="4" rx="1"/><text x="1" text-anchor="middle" font-size="3">a &lt;'
        ' b <tspan dy="1">c</tspan> d</text></g>'
    )
    picture = clean_svg(f"{HEAD}{inside}</svg>", label="A box")
    assert picture.removed == []
    inspect(picture.svg)
    assert "a &lt; b <tspan" in picture.svg
    assert 'role="img" aria-label="A box"' in picture.svg


def test_ids_are_the_pictures_own():
    inside = (
        '<defs><path id="p" d="M0 0"/></defs><use href="#p"/><rect fill="url(#p)"'
        ' aria-labelledby="p q"/>'
    )
    first = clean_svg(f"{HEAD}{inside}</svg>", label="x").svg
    second = clean_svg(f"{HEAD}<g/>{inside}</svg>", label="x").svg
    name = re.search(r'id="(d-[0-9a-f]{8}-p)"', first)[1]
    assert f'href="#{name}"' in first
    assert f"url(#{name})" in first
    assert f'aria-labelledby="{name} {name[:-1]}q"' in first
    assert name not in second


def test_the_page_sets_the_size():
    picture = clean_svg('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', label="x")
    assert "width" not in picture.svg
    assert picture.removed == ["its size: give <svg> a viewBox"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<svg", "not well-formed"),
        ("<svg/>", "does not begin with"),
        ("<html/>", "does not begin with"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + HEAD + "&a;</svg>", "declares a DOCTYPE"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">' + HEAD + "</svg>", "declares a DOCTYPE"),
        (HEAD + "&nbsp;</svg>", "not well-formed"),
        (HEAD + " " * MAX_BYTES + "</svg>", "larger than"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(text, why):
    with pytest.raises(UnusablePicture, match=why):
        clean_svg(text, label="x")


def test_comments_and_instructions_are_left_out():
    picture = clean_svg(
        f'<?xml version="1.0"?><?xml-stylesheet href="x"?>{HEAD}<!-- <script> --></svg>', label="x"
    )
    assert "script" not in picture.svg
    assert "stylesheet" not in picture.svg
