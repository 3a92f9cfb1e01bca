"""Headings have ids, links lead to them, to other lessons' pages, or outside."""

import shutil

import pytest

from curriculum.loader.reader import read_courses
from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext


def html(text, scope="s-"):
    rendering = render_lesson(text, context=RenderContext(scope=scope))
    assert rendering.problems == ()
    return rendering.blocks[0]["html"]


def test_headings_have_ids_of_their_own():
    text = html("## What is it?\n\n## What is it?\n\n### ???\n")
    assert '<h2 id="s-what-is-it">' in text
    assert '<h2 id="s-what-is-it-2">' in text
    assert '<h3 id="s-part">' in text


def test_a_link_leads_to_a_heading():
    assert 'href="#s-two"' in html("[on](#two)\n\n## Two\n")


def test_an_id_of_the_authors_is_dropped():
    assert "id=" not in html('<div id="terminal">x</div>')


def test_two_texts_on_one_page_have_different_ids():
    text = "## A\n\nx[^1]\n\n[^1]: note\n"
    first, second = html(text), html(text, scope="s-task-")
    assert {'id="s-a"', 'id="fn-s-1"'} <= {
        part for part in first.replace(">", " ").split() if part.startswith("id=")
    }
    assert 'id="s-task-a"' in second
    assert 'id="fn-s-task-1"' in second


@pytest.mark.parametrize(
    "href", ["https://example.org/a?b=c", "http://example.org", "mailto:a@example.org", "/about/"]
)
def test_links_outside_stay(href):
    assert f'href="{href}"' in html(f"[x]({href})")


def test_a_link_to_a_lessons_file_becomes_one_to_its_page(lessons, edit):
    shutil.copytree(lessons / "boxes", lessons / "other")
    edit("boxes/01-first/lesson.md", "Between.", "[x](../../other/01-first/lesson.md#two)")
    rendered = read_courses(lessons)[0].lessons[0].blocks[2]["html"]
    assert 'href="../../other/first/#s-two"' in rendered
