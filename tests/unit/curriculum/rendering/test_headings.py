"""Give headings ids in their own letters, and lead GitHub's names for them there too."""

import pytest

from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext

LINKS = [
    ("概要", "概要", "概要"),
    ("Build & push", "build--push", "build-push"),
    ("Build & push", "build-push", "build-push"),
    ("Über uns", "über-uns", "über-uns"),
    ("हिन्दी में", "हिन्दी-में", "हिन्दी-में"),
    ("🚀 Go", "-go", "go"),
    ("Wie geht’s?", "wie-gehts", "wie-gehts"),
    ("`docker run`, *again*", "docker-run-again", "docker-run-again"),
    ("Step 1. Foo_bar", "step-1-foo_bar", "step-1-foo_bar"),
    ("e\u0301tape", "étape", "étape"),
    # What earlier releases called them.
    ("Über uns", "uber-uns", "über-uns"),
    ("概要", "part", "概要"),
]


@pytest.mark.parametrize(("heading", "link", "target"), LINKS)
def test_a_link_leads_to_its_heading(heading, link, target):
    rendering = render_lesson(f"## {heading}\n\n[go](#{link})", context=RenderContext())
    assert rendering.problems == ()
    html = rendering.blocks[0]["html"]
    assert f'<h2 id="s-{target}">' in html
    assert f'<a href="#s-{target}"' in html


@pytest.mark.parametrize(("heading", "link", "_target"), LINKS)
def test_a_link_from_another_lesson_finds_every_name(heading, link, _target):
    html = render_lesson(f"## {heading}", context=RenderContext()).blocks[0]["html"]
    assert f'id="s-{link}"' in html


def test_headings_of_one_text_are_numbered_and_githubs_numbers_are_known():
    text = "## Notes\n\n## Notes\n\n[a](#notes-1) [b](#notes-2) [c](#notes)"
    rendering = render_lesson(text, context=RenderContext())
    assert rendering.problems == ()
    html = rendering.blocks[0]["html"]
    assert html.count('<a href="#s-notes-2"') == 2
    assert html.count('<a href="#s-notes"') == 1


def test_a_link_to_no_heading_is_named_as_it_was_typed():
    rendering = render_lesson("## 概要\n\n[a](#要約)", context=RenderContext())
    (problem,) = rendering.problems
    assert (problem.line, problem.message) == (2, "leads to a heading that is not here: #要約")
