"""Read what a block of code says that it prints."""

import pytest

from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext
from curriculum.rendering.run_blocks import RunBlock

CONTEXT = RenderContext(machines=frozenset({"box"}))


def blocks(text):
    return render_lesson(text, context=CONTEXT).run_blocks


def problems(info):
    rendering = render_lesson(f"a\n\n```{info}\nls\n```", context=CONTEXT)
    return [(problem.line, problem.field, problem.message) for problem in rendering.problems]


def test_a_block_states_what_it_prints():
    info = r'bash run=box prints="64 M" prints=x lacks="no way" matches="^0\s" exit=2 until=up'
    assert blocks(f"a\n\n```{info}\nls\n```") == (
        RunBlock("box", "ls\n", 2, ("64 M", "x"), ("no way",), (r"^0\s",), 2, "up"),
    )


def test_without_a_statement_it_ends_well():
    (block,) = blocks("```sh run=box\nls\n```")
    assert (block.exit_code, block.prints, block.until) == (0, (), "")
    (block,) = blocks("```sh run=box exit=any\nls\n```")
    assert block.exit_code is None


def test_blocks_come_in_the_order_of_the_text_from_wherever_they_stand():
    text = (
        "```sh run=box\na\n```\n\n- b\n\n  ```sh run=box\n  b\n  ```\n\n"
        "::: hint What\n```sh run=box\nc\n```\n:::\n\n```sh\nd\n```\n"
    )
    assert [(block.code, block.line) for block in blocks(text)] == [
        ("a\n", 0),
        ("b\n", 6),
        ("c\n", 11),
    ]


def html(text):
    rendering = render_lesson(text, context=CONTEXT)
    assert rendering.problems == ()
    return rendering.blocks[0]["html"]


def test_the_page_knows_what_a_block_prints_and_nothing_else_of_what_it_states():
    text = html(
        '```sh run=box prints="a <b>\'" prints=c lacks=secret matches=secret exit=3\nls\n```'
    )
    assert "secret" not in text
    assert ' data-run="box" data-prints="[&quot;a &lt;b&gt;&#x27;&quot;, &quot;c&quot;]"' in text
    assert "data-prints" not in html("```sh run=box prints=a until=b\nls\n```")


def test_a_block_may_stop_what_runs_before_it():
    (block,) = blocks("```sh run=box interrupt\nls\n```")
    assert block.interrupt
    assert ' data-run="box" data-interrupt data-lang="sh"' in html(
        "```sh run=box interrupt\nls\n```"
    )


def test_a_block_becomes_a_file_of_the_machine():
    text = "```dockerfile save=/root/a/Dockerfile in=box\nFROM\tx\n```"
    assert blocks(text) == (RunBlock("box", "FROM\tx\n", 0, save="/root/a/Dockerfile"),)
    assert ' data-save="/root/a/Dockerfile" data-in="box"' in html(text)
    assert '<p class="code__path">/root/a/Dockerfile</p>' in html(text)
    assert ">Save</button>" in html(text)
    assert ">Run</button>" not in html(text)


def test_a_file_is_saved_in_the_only_machine_unless_it_is_said_where():
    (block,) = blocks("```text save=/etc/motd\nhi\n```")
    assert block.machine == "box"
    two = RenderContext(machines=frozenset({"box", "other"}))
    (problem,) = render_lesson("```text save=/etc/motd\nhi\n```", context=two).problems
    assert "say which with in=<machine>" in problem.message


@pytest.mark.parametrize(
    ("info", "field", "why"),
    [
        ("bash run=box print=x", "code", "has an unknown option print=x; known are run"),
        ("bash run=box prints", "code", "has an unknown option prints;"),
        ("bash prints=x", "code", "prints takes run=<machine> beside it"),
        ("bash run=other", "run", "the lesson has no machine named other"),
        ("bash run=", "run", "the lesson has no machine named (nothing)"),
        ("bash run=box run=box", "run", "is there twice"),
        ("python run=box", "run", "only bash and sh can be run, not python"),
        ("bash run=box matches=(", "matches", "is not a regular expression"),
        ("bash run=box exit=256", "exit", "must be a number from 0 to 255, or any"),
        ("bash run=box exit=x", "exit", "must be a number from 0 to 255, or any"),
        ("text save=a/b", "save", "must be the whole path of a file"),
        ("text save=/a/../b", "save", "must be the whole path of a file"),
        ("text save=/a/", "save", "must be the whole path of a file"),
        ("text save=", "save", "must be the whole path of a file"),
        ("text save=/a in=other", "save", "the lesson has no machine named other"),
        ("text save=/a save=/b", "save", "is there twice"),
        ("bash run=box save=/a", "save", "save takes in=<machine> beside it, not run"),
        ("text save=/a prints=x", "save", "save takes in=<machine> beside it, not prints"),
        ("bash in=box", "code", "in takes save=<path> beside it"),
        ("bash interrupt", "code", "interrupt takes run=<machine> beside it"),
        ("bash run=box interrupt=1", "code", "has an unknown option interrupt=1"),
        ('bash run=box prints="x', "code", "has a quotation mark that is not closed"),
    ],
)
def test_what_can_not_be_stated_is_a_fault_at_its_line(info, field, why):
    ((line, at, message),) = problems(info)
    assert (line, at) == (2, field)
    assert why in message


def test_a_guess_is_a_question_with_a_place_for_an_answer():
    rendering = render_lesson("::: guess\nHow *many*?\n:::\n", context=CONTEXT)
    html = rendering.blocks[0]["html"]
    assert rendering.problems == ()
    assert html.startswith('<div class="guess"><p>How <em>many</em>?</p>')
    assert html.count("data-guess") == 1
    assert "<label" in html
