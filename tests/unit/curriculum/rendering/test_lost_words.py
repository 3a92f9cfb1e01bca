"""Show every word of an author's prose, or name the line of what would take it away."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.rendering.markdown import render_lesson, render_markdown
from curriculum.rendering.page import RenderContext
from curriculum.rendering.quiz import text_problems

WORDS = [
    "Type docker run -d <image-name>, then wait.",
    "Open <path> here.",
    "Open <path> here,\nand **there**.",
    "<path>\nand <title> and <textarea> too",
    "Replace <your name> and <USER_ID> and <port>/<protocol>.",
    "Ask <host:port> or <registry:5000/app>.",
    "Use </path> and <a-b/> and <script>x</script>.",
    "<!DOCTYPE html> begins a page, <?php a program.",
    "- one <volume>\n- two <template>\n",
    "| a | b |\n| --- | --- |\n| <style> | <svg> |",
    "{% if ready %}",
    "{#top}",
    "`docker inspect`{#name}",
    "> quoted <object>\n> more",
]
PLAIN_TAG = st.from_regex(r"</?[a-z][a-z0-9-]{0,8}( [a-z]{1,4})?>", fullmatch=True)


def problems(text: str) -> list[tuple[int, str]]:
    """Return each fault's line, from 1, and field."""
    rendering = render_lesson(text, context=RenderContext())
    return [(problem.line + 1, problem.field) for problem in rendering.problems]


def shown(text: str) -> str:
    """Return a text's HTML without its own tags and escapes."""
    html = render_markdown(text)
    for tag in ("p", "code", "strong", "em"):
        html = html.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize("text", WORDS)
def test_what_is_no_element_is_shown_as_it_was_typed(text):
    assert problems(text) == []
    html = shown(text)
    for word in text.replace("`", "").replace("**", "").replace("|", " ").split():
        if word not in {"-", ">", "---"}:
            assert word in html


@settings(max_examples=150, derandomize=True, deadline=None)
@given(tag=PLAIN_TAG, place=st.sampled_from(["{}", "a {} b", "- {}", "x\n{}\ny", "## {}"]))
def test_a_tag_in_prose_is_text_or_a_fault_of_its_line(tag, place):
    text = place.format(tag)
    if tag.strip("</>").split()[0] not in {"br", "hr"}:
        lines = [line for line, _field in problems(text)]
        assert tag in shown(text) or lines == [text[: text.index(tag)].count("\n") + 1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\n\nUse <b> for this.", 3),
        ("one\ntwo <i>x</b>", 2),
        ("<details><summary>More</summary>\n\ntext\n\nand the rest", 1),
        ("one\n\n<div>\n<kbd>x\n</div>", 4),
        ("one\n\n<!-- to be written\n\ntwo", 3),
        ("<div>\n\n<!-- a\n\nb", 3),
        ("one\n\ntwo</section>", 3),
    ],
)
def test_an_element_without_an_end_is_named_with_its_line(text, line):
    assert (line, "html") in problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "<details><summary>More</summary>\n\ntext\n\n</details>",
        "Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.<br>Then **wait**.",
        "<!-- for the next author -->\n\nText <!-- and this --> goes on.",
        '<div class="note">\n\ntext</div>',
        "{.wide}\n| a |\n| --- |\n| b |\n\n`x`{.loud .red}",
    ],
)
def test_html_that_a_page_may_hold_stays(text):
    assert problems(text) == []
    assert "&lt;" not in render_markdown(text)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("one\n\n```bash\nls\n", 3, "is never closed: end it with a line of ```"),
        ("one\n\n~~~~\nls\n~~~\n\ntwo", 3, "is never closed: end it with a line of ~~~~"),
        ("```bash\nls\n``` done\n\nAll this too.", 3, "``` closes a block only without words"),
        ("```\na\n```\n\n```sh\nls\n```text\nx\n```", 7, "``` closes a block only without words"),
        ("- one\n\n  ```sh\n  ls\n\nafter", 3, "is never closed"),
        ("::: hint\n```sh\nls\n``` end\n:::\n\nAfter.", 4, "``` closes a block only"),
    ],
)
def test_a_code_block_that_takes_more_than_its_own_is_named_with_its_line(text, line, message):
    problem, *others = render_lesson(text, context=RenderContext()).problems
    assert (problem.line + 1, problem.field, others) == (line, "code", [])
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    "text",
    ["````md\n```sh\nls\n```\n````", "```\n\n```", "~~~\n```x\n~~~", "```\na\x0cb\u2028c\n```"],
)
def test_a_code_block_that_is_closed_is_no_fault(text):
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("one\n\n[WARN]: disk\n\ntwo", 3, "link"),
        ("one\n\n[^more]: hidden words\n", 3, "footnote"),
    ],
)
def test_what_is_shown_nowhere_is_named_with_its_line(text, line, field):
    assert problems(text) == [(line, field)]


def test_what_is_named_is_shown_and_no_fault():
    text = "See [the docs][d] and more[^1].\n\n[D]: https://example.org\n[^1]: Here.\n"
    assert problems(text) == []


def test_a_question_keeps_its_words_too():
    assert text_problems("What is <image-name> in `docker run`?", short=True) == []
    assert text_problems("```\nnever", short=False) == [
        "code is never closed: end it with a line of ```"
    ]
