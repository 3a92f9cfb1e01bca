"""Clean diagrams, SVG files, to a fixed list of elements and attributes.

They stand inside the page, and not as <img>, so that `var(--…)` and the page's CSS reach it and
dark mode works. A page's SVG can run code (script, on*, javascript: links, foreignObject, animated
href), load things (image, external use, url(…)) and disturb the page (style, clashing ids). What is
not on the lists below is left out and named.
"""

import hashlib
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from core.budgets import AUTHOR
from curriculum.errors import UnusablePicture

MAX_BYTES = 200_000
SVG_NAMESPACE = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

ELEMENT_NAMES = (
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan"
    " marker linearGradient radialGradient stop clipPath mask pattern"
)
# Elements in whose content a browser parses HTML again: they keep their text and nothing else.
TEXT_ONLY = frozenset({"title", "desc"})
ATTRIBUTE_NAMES = (
    "id class role aria-label aria-hidden aria-labelledby lang viewBox preserveAspectRatio"
    " transform x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height d points pathLength rotate"
    " textLength lengthAdjust fill fill-opacity fill-rule stroke stroke-width stroke-opacity"
    " stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset"
    " opacity color visibility display vector-effect paint-order shape-rendering"
    " text-rendering font-family font-size font-weight font-style letter-spacing word-spacing"
    " text-anchor text-decoration dominant-baseline alignment-baseline baseline-shift writing-mode"
    " marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient"
    " gradientUnits gradientTransform spreadMethod offset stop-color stop-opacity"
    " clip-path clip-rule clipPathUnits mask maskUnits maskContentUnits patternUnits"
    " patternContentUnits patternTransform"
)
ELEMENTS = frozenset(ELEMENT_NAMES.split())
ATTRIBUTES = frozenset(ATTRIBUTE_NAMES.split())
REFERENCE = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
ID_LISTS = frozenset({"aria-labelledby"})


@dataclass
class Picture:
    """Hold a clean `<svg>` element as text, and what had to go, one sentence each."""

    svg: str = ""
    removed: list[str] = field(default_factory=list)


def clean_svg(text: str, *, label: str) -> Picture:
    """Clean a diagram and give it its label for screen readers. Raises UnusablePicture."""
    return clean_picture(text, {"role": "img", "aria-label": label})


def clean_ornament(text: str) -> Picture:
    """Clean a picture that says no more than the text beside it. Raises UnusablePicture."""
    return clean_picture(text, {"aria-hidden": "true"})


def clean_picture(text: str, attributes: dict[str, str]) -> Picture:
    """Clean a picture, and say by its element's attributes what it is to screen readers."""
    root = parse_svg(text)
    picture = Picture()
    prefix = f"d-{hashlib.sha256(text.encode()).hexdigest()[:8]}-"
    clean = clean_element(root, prefix, picture.removed)
    if "viewBox" not in clean.attrib:
        picture.removed.append("its size: give <svg> a viewBox")
    for size in ("width", "height"):
        clean.attrib.pop(size, None)  # the page sets the width; the viewBox keeps the proportions
    clean.attrib.update(attributes | {"focusable": "false"})
    picture.svg = ElementTree.tostring(clean, encoding="unicode")
    return picture


def clean_source(text: str) -> tuple[ElementTree.Element, list[str]]:
    """Return an SVG file with its ids and sizes and only what is allowed, and what had to go.

    Raises UnusablePicture.
    """
    removed: list[str] = []
    root = clean_element(parse_svg(text), "", removed)
    root.set("xmlns", SVG_NAMESPACE.strip("{}"))
    return root, removed


def parse_svg(text: str) -> ElementTree.Element:
    """Parse an SVG file. Raises UnusablePicture."""
    if len(text.encode()) > MAX_BYTES:
        raise UnusablePicture(f"is larger than {MAX_BYTES:,} bytes")
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise UnusablePicture("declares a DOCTYPE or entities")
    try:
        refuse_depth(text)
        root = ElementTree.fromstring(text)  # noqa: S314  it has no DTD whose entities grow
    except (ElementTree.ParseError, expat.ExpatError) as error:
        raise UnusablePicture(f"is not well-formed XML: {error}") from error
    if root.tag != f"{SVG_NAMESPACE}svg":
        raise UnusablePicture('does not begin with <svg xmlns="http://www.w3.org/2000/svg">')
    return root


def refuse_depth(text: str) -> None:
    """Raise UnusablePicture for elements nested deeper than anybody draws.

    All that walks the tree afterwards calls itself for each level.
    """
    depth = 0

    def begin(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > AUTHOR.svg_depth:
            raise UnusablePicture(f"has more than {AUTHOR.svg_depth} elements within each other")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(text, True)


def clean_element(
    element: ElementTree.Element, prefix: str, removed: list[str]
) -> ElementTree.Element:
    """Return a copy of an allowed element with its allowed attributes and children."""
    name = element.tag.removeprefix(SVG_NAMESPACE)
    copy = ElementTree.Element(name, clean_attributes(element, prefix, removed))
    copy.text, copy.tail = element.text, element.tail
    for child in element:
        child_name = child.tag.removeprefix(SVG_NAMESPACE) if isinstance(child.tag, str) else ""
        if child_name in ELEMENTS and name not in TEXT_ONLY:
            copy.append(clean_element(child, prefix, removed))
        else:
            removed.append(f"the element <{child_name}>")
    return copy


def clean_attributes(
    element: ElementTree.Element, prefix: str, removed: list[str]
) -> dict[str, str]:
    """Return an element's allowed attributes, its ids and references made the picture's own."""
    allowed: dict[str, str] = {}
    for name, value in element.attrib.items():
        clean = clean_value(name, value, prefix)
        if clean is None:
            removed.append(f'the attribute {name}="{value[:60]}"')
        else:
            allowed["href" if name == XLINK_HREF else name] = clean
    return allowed


def clean_value(name: str, value: str, prefix: str) -> str | None:
    """Return an attribute's clean value; None when it may not stay."""
    if name in ("href", XLINK_HREF):
        return f"#{prefix}{value[1:]}" if re.fullmatch(r"#[\w.-]+", value) else None
    if name not in ATTRIBUTES:
        return None
    if name == "id":
        return prefix + value
    if name in ID_LISTS:
        return " ".join(prefix + part for part in value.split())
    local = REFERENCE.sub(lambda match: f"url(#{prefix}{match[1]})", value)
    foreign = REFERENCE.sub("", value).lower()
    is_foreign = "url" in foreign or "\\" in foreign or "javascript" in foreign
    return None if is_foreign else local
