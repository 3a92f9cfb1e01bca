"""Beside course.toml stand a glossary and an illustration: they load, have faults with a line, and
go back into files as they were."""

from pathlib import Path

import pytest

from curriculum.authoring.service import save_course_spec
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Course, Lesson

GLOSSARY = """\
# The words.
[[terms]]
term = "process"
forms = ["processes"]
meaning = "A program that runs: see `ps`."

[[terms]]
term = "Kernel"
meaning = "The core."
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect fill="var(--hull)"'
    ' width="9"/></svg>'
)
FILE = "boxes/glossary.toml"
PICTURE = "boxes/illustration.svg"


@pytest.fixture
def with_parts(lessons: Path) -> Path:
    (lessons / FILE).write_text(GLOSSARY)
    (lessons / PICTURE).write_text(SVG)
    (lessons / "boxes/01-first/illustration.svg").write_text(SVG)
    return lessons


@pytest.mark.django_db
def test_terms_and_pictures_are_loaded(with_parts):
    load_lessons(root=with_parts)
    course = Course.objects.get()
    assert [entry["term"] for entry in course.glossary] == ["Kernel", "process"]
    assert course.glossary[1] == {
        "id": "process",
        "term": "process",
        "words": ["process", "processes"],
        "html": "<p>A program that runs: see <code>ps</code>.</p>",
    }
    for row in (course, Lesson.objects.get()):
        assert 'aria-hidden="true"' in row.illustration
        assert "xmlns" not in row.illustration


@pytest.mark.django_db
def test_a_glossary_alone_that_changed_is_loaded(with_parts):
    load_lessons(root=with_parts)
    (with_parts / FILE).write_text(GLOSSARY.replace("The core.", "The very core."))
    assert load_lessons(root=with_parts).updated == ["boxes"]
    (with_parts / FILE).unlink()
    load_lessons(root=with_parts)
    assert Course.objects.get().glossary == []


@pytest.mark.django_db
def test_a_dump_writes_them_back_and_takes_away_what_is_gone(with_parts, tmp_path):
    load_lessons(root=with_parts)
    dump_lessons(root=tmp_path / "out")
    assert (tmp_path / "out" / FILE).read_bytes() == (with_parts / FILE).read_bytes()
    assert (tmp_path / "out" / PICTURE).read_bytes() == (with_parts / PICTURE).read_bytes()
    (with_parts / PICTURE).unlink()
    load_lessons(root=with_parts)
    dump_lessons(root=tmp_path / "out", force=True)
    assert not (tmp_path / "out" / PICTURE).exists()


@pytest.mark.django_db
def test_a_glossary_edited_meanwhile_is_not_overwritten(with_parts):
    load_lessons(root=with_parts)
    (with_parts / FILE).write_text(GLOSSARY + "# mine\n")
    report = dump_lessons(root=with_parts, is_origin=True)
    assert report.conflicts == ["boxes"]
    assert (with_parts / FILE).read_text().endswith("# mine\n")


@pytest.mark.django_db
def test_a_course_edited_in_the_admin_keeps_them(with_parts):
    load_lessons(root=with_parts)
    spec = read_courses(with_parts)[0].spec.model_copy(update={"title": "Other", "lessons": ()})
    course = save_course_spec(spec=spec, course=Course.objects.get())
    assert course.title == "Other"
    assert len(course.glossary) == 2
    assert course.illustration
    assert load_lessons(root=with_parts).kept == ["boxes"]


FAULTS = {
    "no meaning": ('meaning = "The core."\n', "", 7, "terms[1].meaning"),
    "a word twice": ('term = "Kernel"', 'term = "Processes"', 8, "terms[1].term"),
    "a form twice": ('["processes"]', '["Process"]', 4, "terms[0].forms"),
    "an unknown field": ('term = "Kernel"', 'term = "Kernel"\nword = "x"', 9, "terms[1].word"),
    "another table": ("# The words.", "title = 1", 1, "title"),
    "markup in a word": ('"Kernel"', '"<b>"', 8, "terms[1].term"),
    "lost HTML": ('"The core."', '"The <b>core."', 9, "terms[1].meaning"),
    "too long": ('"The core."', f'"{"x" * 401}"', 9, "terms[1].meaning"),
    "no TOML": ("# The words.", "[", 1, "syntax"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_line_and_field(name, with_parts):
    old, new, line, field = FAULTS[name]
    assert GLOSSARY.count(old) == 1
    (with_parts / FILE).write_text(GLOSSARY.replace(old, new))
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(with_parts)
    (error,) = caught.value.errors
    assert (error.file, error.line) == (with_parts / FILE, line)
    assert error.field.startswith(field)


@pytest.mark.parametrize("place", ["boxes", "boxes/01-first"])
def test_an_illustration_is_held_to_the_rules_of_diagrams(place, with_parts):
    file = with_parts / place / "illustration.svg"
    file.write_text(SVG.replace("<rect", '<rect onclick="x()"'))
    with pytest.raises(InvalidLessonFiles, match="may not have the attribute onclick"):
        read_courses(with_parts)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidLessonFiles, match="UTF-8"):
        read_courses(with_parts)
