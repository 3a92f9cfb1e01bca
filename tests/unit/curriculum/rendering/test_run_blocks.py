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


def test_students_are_shown_none_of_it():
    rendering = render_lesson('```sh run=box prints="secret"\nls\n```', context=CONTEXT)
    assert "secret" not in rendering.blocks[0]["html"]
    assert 'data-run="box"' in rendering.blocks[0]["html"]


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
