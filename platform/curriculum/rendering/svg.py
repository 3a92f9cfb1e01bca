"""Diagrams: an SVG file, cleaned to a fixed list of elements and attributes, to stand inside the page.

Inside the page, and not as <img>, so that `var(--…)` and the page's CSS reach it and dark mode works. A page's SVG can
run code (script, on*, javascript: links, foreignObject, animated href), load things (image, external use, url(…)) and
disturb the page (style, clashing ids); what is not on the lists below is left out and named.
"""

import hashlib
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from curriculum.errors import UnusablePicture

MAX_BYTES = 200_000
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

_ELEMENT_NAMES = (
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan"
    " marker linearGradient radialGradient stop clipPath mask pattern"
)
# Elements in whose content a browser parses HTML again: they keep their text and nothing else.
TEXT_ONLY = frozenset({"title", "desc"})
_ATTRIBUTE_NAMES = (
    "id class role aria-label aria-hidden aria-labelledby lang viewBox preserveAspectRatio transform"
    " x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height d points pathLength rotate textLength lengthAdjust"
    " fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit"
    " stroke-dasharray stroke-dashoffset opacity color visibility display vector-effect paint-order shape-rendering"
    " text-rendering font-family font-size font-weight font-style letter-spacing word-spacing text-anchor"
    " text-decoration dominant-baseline alignment-baseline baseline-shift writing-mode"
    " marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient"
    " gradientUnits gradientTransform spreadMethod offset stop-color stop-opacity"
    " clip-path clip-rule clipPathUnits mask maskUnits maskContentUnits patternUnits patternContentUnits"
    " patternTransform"
)
ELEMENTS = frozenset(_ELEMENT_NAMES.split())
ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_REFERENCE = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
_IDREFS = frozenset({"aria-labelledby"})


@dataclass
class Picture:
    """A clean `<svg>` element as text, and what had to go, one sentence each."""

    svg: str = ""
    removed: list[str] = field(default_factory=list)


def clean_svg(text: str, *, label: str) -> Picture:
    """Clean a diagram and give it its label for screen readers. Raises UnusablePicture."""
    root = _parse(text)
    picture = Picture()
    prefix = f"d-{hashlib.sha256(text.encode()).hexdigest()[:8]}-"
    clean = _clean(root, prefix, picture.removed)
    if "viewBox" not in clean.attrib:
        picture.removed.append("its size: give <svg> a viewBox")
    for size in ("width", "height"):
        clean.attrib.pop(size, None)  # the page sets the width; the viewBox keeps the proportions
    clean.attrib.update({"role": "img", "aria-label": label, "focusable": "false"})
    picture.svg = ElementTree.tostring(clean, encoding="unicode")
    return picture


def clean_source(text: str) -> tuple[ElementTree.Element, list[str]]:
    """An SVG file with its ids and sizes and only what is allowed, and what had to go. Raises UnusablePicture."""
    removed: list[str] = []
    root = _clean(_parse(text), "", removed)
    root.set("xmlns", _SVG.strip("{}"))
    return root, removed


def _parse(text: str) -> ElementTree.Element:
    if len(text.encode()) > MAX_BYTES:
        raise UnusablePicture(f"is larger than {MAX_BYTES:,} bytes")
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise UnusablePicture("declares a DOCTYPE or entities")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  no DTD can be in it, so no entity can grow
    except ElementTree.ParseError as error:
        raise UnusablePicture(f"is not well-formed XML: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise UnusablePicture('does not begin with <svg xmlns="http://www.w3.org/2000/svg">')
    return root


def _clean(element: ElementTree.Element, prefix: str, removed: list[str]) -> ElementTree.Element:
    """A copy of an allowed element with its allowed attributes and children."""
    name = element.tag.removeprefix(_SVG)
    copy = ElementTree.Element(name, _attributes(element, prefix, removed))
    copy.text, copy.tail = element.text, element.tail
    for child in element:
        child_name = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
        if child_name in ELEMENTS and name not in TEXT_ONLY:
            copy.append(_clean(child, prefix, removed))
        else:
            removed.append(f"the element <{child_name}>")
    return copy


def _attributes(element: ElementTree.Element, prefix: str, removed: list[str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        clean = _attribute(name, value, prefix)
        if clean is None:
            removed.append(f'the attribute {name}="{value[:60]}"')
        else:
            kept["href" if name == _XLINK_HREF else name] = clean
    return kept


def _attribute(name: str, value: str, prefix: str) -> str | None:
    """The attribute's clean value, ids made the picture's own; None when it may not stay."""
    if name in ("href", _XLINK_HREF):
        return f"#{prefix}{value[1:]}" if re.fullmatch(r"#[\w.-]+", value) else None
    if name not in ATTRIBUTES:
        return None
    if name == "id":
        return prefix + value
    if name in _IDREFS:
        return " ".join(prefix + part for part in value.split())
    local = _REFERENCE.sub(lambda match: f"url(#{prefix}{match[1]})", value)
    foreign = _REFERENCE.sub("", value).lower()
    return None if "url" in foreign or "\\" in foreign or "javascript" in foreign else local
