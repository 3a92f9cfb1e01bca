"""Highlight code, with *Copy* on each block and *Run* where one names a machine."""

import pytest

from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext

CONTEXT = RenderContext(machines=frozenset({"box"}))


def render(text):
    return render_lesson(text, context=CONTEXT)


def html(text):
    rendering = render(text)
    assert rendering.problems == ()
    return rendering.blocks[0]["html"]


def test_a_runnable_block_is_exactly_this():
    assert (
        html("```bash run=box\nls\n```") == '<div class="code" data-run="box" data-lang="bash"><pre'
        ' class="highlight"><code>ls\n</code></pre><div class="code__bar"><button type="button"'
        ' class="code__copy">Copy</button><button type="button"'
        ' class="code__run">Run</button></div></div>'
    )


def test_a_block_that_can_not_be_run_has_no_run_button():
    assert (
        html("```bash\nls\n```")
        == '<div class="code" data-lang="bash"><pre class="highlight"><code>ls\n</code></pre>'
        '<div class="code__bar"><button type="button" class="code__copy">Copy</button></div></div>'
    )


@pytest.mark.parametrize("text", ["```\n<b>\n```", "~~~\n<b>\n~~~", "    <b>"])
def test_plain_code_is_escaped(text):
    assert (
        '<div class="code" data-lang="text"><pre class="highlight"><code>&lt;b&gt;\n</code></pre>'
        in html(text)
    )


def test_code_is_highlighted_with_pygments_classes():
    assert '<span class="nb">echo</span>' in html("```bash\necho hi\n```")


def test_blank_lines_at_the_start_stay():
    assert "<code>\n\na\n</code>" in html("```text\n\n\na\n```")


def test_blocks_stand_inside_lists_notes_and_quotes():
    text = html(
        "- a\n\n  ```bash run=box\n  ls\n  ```\n\n::: note\n```bash run=box\npwd\n```\n:::\n\n>"
        " ```\n> x\n> ```\n"
    )
    assert text.count('class="code__copy"') == 3
    assert text.count('class="code__run"') == 2


def test_a_machine_of_another_lesson_gives_no_run_button():
    rendering = render("a\n\n```bash run=other\nls\n```")
    assert [(problem.line, problem.field) for problem in rendering.problems] == [(2, "run")]
    assert "code__run" not in rendering.blocks[0]["html"]
