"""Links of the lessons that come with Drydock lead to panels that their pages have."""

import re

import pytest

from curriculum.loader.reader import read_courses
from curriculum.rendering.markdown import render_lesson
from curriculum.rendering.page import RenderContext
from panels.registry import panels_for
from sandboxes.machine_types.registry import machine_type
from tests.support.paths import ROOT

LESSONS = [lesson for course in read_courses(ROOT / "lessons") for lesson in course.lessons]
LINK = re.compile(r'href="#panel-([^"]*)"')


def test_a_link_to_a_panel_leads_to_its_place_on_the_page():
    rendering = render_lesson("Open [the **map**](panel:map).", context=RenderContext())
    assert rendering.problems == ()
    html = rendering.blocks[0]["html"]
    assert re.search(
        r'<a href="#panel-map" class="panel-link"[^>]*>the <strong>map</strong></a>', html
    )


@pytest.mark.parametrize("target", ["panel:", "panel:Map", "panel:a/b", "panel:1"])
def test_a_link_that_names_no_panel_is_a_fault(target):
    (problem,) = render_lesson(f"a\nb [x]({target})", context=RenderContext()).problems
    assert (problem.line, problem.field) == (1, "link")
    assert problem.message == f"names no panel: {target}; write it as in panel:map"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_every_link_of_a_lesson_leads_to_a_panel_that_it_has(lesson):
    html = "".join(
        block.get("html", "")
        for block in render_lesson(
            lesson.spec.body,
            context=RenderContext(lesson.folder, frozenset(m.name for m in lesson.spec.machines)),
        ).blocks
    )
    names = {panel.name for panel in panels_for(machine_type(m.kind) for m in lesson.spec.machines)}
    assert set(LINK.findall(html)) <= names
