"""`:::` fences: exercises cut the lesson, notes and hints wrap, faults carry their line."""

import pytest

from curriculum.rendering.markdown import render_lesson, render_markdown
from curriculum.rendering.page import RenderContext


def render(text):
    return render_lesson(text, context=RenderContext())


def html(text):
    rendering = render(text)
    assert rendering.problems == ()
    return "".join(block["html"] for block in rendering.blocks)


def test_an_exercise_cuts_the_lesson():
    rendering = render("one\n\n::: exercise a-b\n\ntwo\n\n::: exercise c\n:::\n\nthree")
    assert rendering.problems == ()
    assert rendering.blocks == (
        {"type": "html", "html": "<p>one</p>"},
        {"type": "exercise", "slug": "a-b"},
        {"type": "html", "html": "<p>two</p>"},
        {"type": "exercise", "slug": "c"},
        {"type": "html", "html": "<p>three</p>"},
    )
    assert rendering.placed == (("a-b", 2), ("c", 6))


def test_an_exercise_needs_no_empty_lines_around_it():
    rendering = render("one\n::: exercise a\ntwo")
    assert [block.get("html", block.get("slug")) for block in rendering.blocks] == [
        "<p>one</p>",
        "a",
        "<p>two</p>",
    ]


@pytest.mark.parametrize(
    "before", ["> quote", "- item", "| a |\n|---|\n| 1 |", "```\ncode\n```", "::: note\nx\n:::"]
)
def test_an_exercise_may_follow_anything(before):
    rendering = render(f"{before}\n\n::: exercise a\n")
    assert rendering.problems == ()
    assert rendering.blocks[-1] == {"type": "exercise", "slug": "a"}


def test_a_note_with_and_without_a_title():
    assert html("::: note\n*x*\n:::") == '<aside class="note"><p><em>x</em></p>\n</aside>'
    assert html("::: note A & <b>\nx\n:::") == (
        '<aside class="note"><p class="note__title">A &amp; &lt;b&gt;</p>\n<p>x</p>\n</aside>'
    )


def test_a_warning():
    assert html("::: warning\nx\n:::").startswith(
        '<aside class="note note--warning"><p class="note__title">Warning'
    )


def test_a_hint_is_closed_until_it_is_opened():
    assert html("::: hint Look here\nx\n:::") == (
        '<details class="hint"><summary>Look here</summary>\n<p>x</p>\n</details>'
    )
    assert "<summary>Hint</summary>" in html("::: hint\nx\n:::")


def test_fences_nest_and_code_inside_is_left_alone():
    text = html("::: note\n::: hint Deep\n```text\n:::\n::: note\n```\n:::\nafter\n:::\nout")
    assert (
        text.index("</details>")
        < text.index("<p>after</p>")
        < text.index("</aside>")
        < text.index("<p>out</p>")
    )
    assert ":::\n::: note" in text


def test_a_fence_in_code_is_code():
    rendering = render("```text\n::: exercise a\n```\n\n    ::: note\n")
    assert rendering.problems == ()
    assert rendering.placed == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "a\n\n::: quiz one\nx\n:::\n",
            2,
            "is not a directive; known are exercise, note, warning, hint, guess",
        ),
        (
            "a\n\n::: quiz\n",
            2,
            "is not a directive; known are exercise, note, warning, hint, guess",
        ),
        ("::: note\nx", 0, "is never closed: end it with a line of :::"),
        ("a\n\n:::\n", 2, "closes nothing"),
        ("::: ?\n", 0, "has no name after :::"),
        (
            "::: exercise A B\n",
            0,
            "needs the name of one exercise folder, as in `::: exercise find-init`",
        ),
        ("::: note\n\n::: exercise a\n\n:::\n", 2, "must not stand inside something else"),
    ],
)
def test_a_fault_carries_its_line(text, line, message):
    problems = render(text).problems
    assert [(problem.line, problem.message) for problem in problems] == [(line, message)]


def test_a_text_that_stands_alone_may_have_them_too():
    assert render_markdown("::: note\nx\n:::") == '<aside class="note"><p>x</p>\n</aside>'
