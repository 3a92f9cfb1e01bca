"""Make a figure, with the cleaned SVG inside, of a picture in a paragraph of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curriculum.rendering.markdown import Rendering, render_lesson
from curriculum.rendering.page import RenderContext

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9"><rect fill="var(--ink)"'
    ' width="9"/></svg>'
)


@pytest.fixture
def render(tmp_path: Path) -> Callable[[str], Rendering]:
    (tmp_path / "a b.svg").write_text(SVG)
    (tmp_path / "bad.svg").write_text(SVG.replace("<rect", '<script>1</script><rect onclick="x"'))
    (tmp_path / "broken.svg").write_text("<svg")
    (tmp_path / "photo.png").write_bytes(b"png")
    return lambda text: render_lesson(text, context=RenderContext(folder=tmp_path))


def test_a_diagram_stands_in_the_page_with_its_label_and_caption(render):
    rendering = render('![Two "boxes"](<a b.svg> "A <caption>")')
    assert rendering.problems == ()
    assert (
        rendering.blocks[0]["html"]
        == '<figure class="diagram"><svg viewBox="0 0 9 9" role="img" aria-label="Two'
        ' &quot;boxes&quot;" focusable="false"><rect fill="var(--ink)" width="9"'
        " /></svg><figcaption>A &lt;caption&gt;</figcaption></figure>"
    )


def test_a_diagram_without_title_has_no_caption(render):
    assert "figcaption" not in render("![A](<a b.svg>)").blocks[0]["html"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("![](<a b.svg>)", ["needs a text that says what it shows: ![here](…)"]),
        (
            "![A](bad.svg)",
            [
                "bad.svg may not have the element <script>",
                'bad.svg may not have the attribute onclick="x"',
            ],
        ),
        (
            "![A](broken.svg)",
            ["broken.svg is not well-formed XML: unclosed token: line 1, column 0"],
        ),
        ("![A](photo.png)", ["photo.png can't be read as a PNG, JPEG or WebP picture"]),
        (
            "![A](/etc/passwd)",
            ["must be an .svg, .png, .jpg or .webp file in the same folder, not /etc/passwd"],
        ),
        ("- ![A](<a b.svg>) b", ["must be a paragraph of its own"]),
        ("## ![A](<a b.svg>)", ["must be a paragraph of its own"]),
    ],
)
def test_a_faulty_picture_is_refused(render, text, messages):
    assert [problem.message for problem in render(text).problems] == messages


def test_a_symlink_out_of_the_folder_is_refused(render, tmp_path):
    outside = tmp_path.parent / "outside.svg"
    outside.write_text(SVG)
    (tmp_path / "link.svg").symlink_to(outside)
    assert "same folder" in render("![A](link.svg)").problems[0].message


def test_a_text_without_a_folder_has_no_pictures():
    rendering = render_lesson("![A](a.svg)", context=RenderContext())
    assert rendering.problems[0].message == "can't stand in a text that has no folder"
    assert rendering.blocks == ()
