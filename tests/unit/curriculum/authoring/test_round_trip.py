"""load → dump → load changes nothing, and what is dumped is byte for byte what was loaded."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from curriculum.authoring.service import (
    order_lessons,
    publish,
    save_exercise_spec,
    save_lesson_spec,
)
from curriculum.loader.contents import read_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Course, Exercise, Lesson, LessonFile
from curriculum.schema.specs import ExerciseSpec, LessonSpec

pytestmark = pytest.mark.django_db
LESSON = "boxes/01-first/lesson.md"
CHECKS = "boxes/01-first/exercises/kernel/exercise.toml"


def rows():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Course, Lesson, Exercise, LessonFile)
    ]


def spec_of(lessons: Path) -> LessonSpec:
    return read_courses(lessons)[0].lessons[0].spec


@pytest.mark.parametrize("source", ["small", "lessons", "tests/support/courses"])
def test_a_dump_is_what_was_loaded(source, lessons, tmp_path):
    root = lessons if source == "small" else settings.BASE_DIR / source
    (lessons / "boxes/01-first/exercises/kernel/wrong/right-old.sh").write_bytes(
        b"# fails: right\r\n\xff\n"
    )
    load_lessons(root=root)
    dump_lessons(root=tmp_path / "out")
    assert read_contents(tmp_path / "out") == read_contents(root)


def test_load_dump_load_changes_nothing(lessons, tmp_path):
    load_lessons(root=lessons)
    before = rows()
    dump_lessons(root=tmp_path / "out")
    report = load_lessons(root=tmp_path / "out")
    assert (report.created, report.updated, report.archived, report.kept) == ([], [], [], [])
    assert rows() == before


def test_a_dump_over_the_same_files_touches_none(lessons):
    load_lessons(root=lessons)
    report = dump_lessons(root=lessons)
    assert (report.written, report.removed, report.conflicts) == ([], [], [])


def test_an_edit_in_the_admin_changes_those_lines_only(loaded, lessons, tmp_path):
    spec = spec_of(lessons).model_copy(update={"minutes": 7})
    save_lesson_spec(course=loaded.course, lesson=loaded, spec=spec)
    dump_lessons(root=tmp_path)
    before = (lessons / LESSON).read_text()
    assert (tmp_path / LESSON).read_text() == before.replace("minutes: 5", "minutes: 7")


def test_a_changed_check_leaves_the_others_as_they_were_written(loaded, lessons, edit, tmp_path):
    edit(CHECKS, 'kind = "command"\n', '# by hand\nkind = "command"\n')
    load_lessons(root=lessons)
    loaded.refresh_from_db()
    spec = spec_of(lessons).exercises[0]
    changed = spec.model_dump(mode="json")
    changed["checks"][0]["points"] = 5
    save_exercise_spec(lesson=loaded, spec=ExerciseSpec.model_validate(changed))
    dump_lessons(root=tmp_path)
    text = (tmp_path / CHECKS).read_text()
    assert "# by hand" in text
    assert "points = 5" in text
    assert Exercise.objects.get(slug="kernel").points == 6


FLOW = """hints = [ "Ask `uname`.", { cost = 2, text = "It is *in* there." } ]
attempts = 3 # by hand
due = 2027-01-31T23:59:00+01:00
late = "reduce"
late_percent = 20
"""


def test_the_course_of_an_exercise_is_kept_and_written(loaded, lessons, edit, tmp_path):
    """Keep what has not changed as it was, and write the rest in TOML's own types."""
    table = (lessons / CHECKS).read_text()
    checks = table[table.index("[[checks]]") :]
    (lessons / CHECKS).write_text(f"{FLOW}\n{checks}")
    load_lessons(root=lessons)
    loaded.refresh_from_db()
    fields = spec_of(lessons).exercises[0].model_dump(mode="json")
    fields["checks"][0]["points"] = 5
    save_exercise_spec(lesson=loaded, spec=ExerciseSpec.model_validate(fields))
    dump_lessons(root=tmp_path)
    assert (tmp_path / CHECKS).read_text().startswith(FLOW)
    fields |= {"attempts": 4, "show_solution": "after-attempts", "solution_after": 4}
    fields["checks"][1] |= {"after": [fields["checks"][0]["id"]], "hidden": True}
    loaded.refresh_from_db()
    save_exercise_spec(lesson=loaded, spec=ExerciseSpec.model_validate(fields))
    dump_lessons(root=tmp_path / "again")
    text = (tmp_path / "again" / CHECKS).read_text()
    for line in (
        'hints = [ "Ask `uname`.", { cost = 2, text = "It is *in* there." } ]\n',
        "attempts = 4 # by hand\n",
        "due = 2027-01-31T23:59:00+01:00\n",
        'after = ["right"]\n',
        "hidden = true\n",
    ):
        assert line in text
    assert ExerciseSpec.model_validate(fields) == spec_of(tmp_path / "again").exercises[0]


def test_an_edit_in_the_admin_survives_a_load_and_a_dump(loaded, lessons, settings):
    settings.LESSONS_DIR = lessons
    publish(lesson=loaded, draft=True)
    assert load_lessons(root=lessons).kept == ["boxes/first"]
    assert Lesson.objects.get().draft
    out = StringIO()
    call_command("dump_lessons", stdout=out)
    assert out.getvalue().splitlines() == [
        "  written boxes/01-first/lesson.md",
        "1 written, 0 removed",
    ]
    assert "draft: true" in (lessons / LESSON).read_text()
    assert not Lesson.objects.get().edited
    report = load_lessons(root=lessons)
    assert (report.updated, report.kept, report.conflicts) == ([], [], [])


def test_another_order_renames_folders(lessons, edit):
    other = (
        (lessons / LESSON)
        .read_text()
        .replace("::: exercise kernel", "")
        .replace("::: exercise sleeper", "")
    )
    edit("boxes/02-second/lesson.md", "", other.replace("First", "Second"))
    load_lessons(root=lessons)
    order_lessons(course=Course.objects.get(), slugs=["second", "first"])
    dump_lessons(root=lessons)
    assert sorted(path.name for path in (lessons / "boxes").iterdir() if path.is_dir()) == [
        "01-second",
        "02-first",
    ]
    assert [lesson.spec.slug for lesson in read_courses(lessons)[0].lessons] == ["second", "first"]


def test_a_dump_spares_files_that_were_changed_meanwhile(loaded, lessons, edit):
    publish(lesson=loaded, draft=True)
    edit(LESSON, "minutes: 5", "minutes: 9")
    with pytest.raises(CommandError, match="boxes/first"):
        call_command("dump_lessons", lessons, stdout=StringIO())
    assert "minutes: 9" in (lessons / LESSON).read_text()
    call_command("dump_lessons", lessons, "--ours", stdout=StringIO())
    assert "draft: true" in (lessons / LESSON).read_text()


SCRIPT = """import json

print(json.dumps({"points": 1, "found": 'it\\'s "there"'}))
"""


def test_a_script_is_written_as_it_reads(loaded, lessons, tmp_path):
    spec = spec_of(lessons).exercises[0]
    messages = {"message": "Look.", "read": "Here", "describe": "It is as asked."}
    more = [
        {"kind": "script", "id": "script", "script": SCRIPT, "files": ["/root/notes"], **messages},
        {
            "kind": "port",
            "id": "port",
            "port": 80,
            "http_path": "/",
            "contains_each": ["a", "b"],
            **messages,
        },
        {
            "kind": "file",
            "id": "mode",
            "path": "/root/x",
            "mode": "0640",
            "type": "regular",
            **messages,
        },
        {"kind": "file", "id": "gone", "path": "/root/y", "exists": False, **messages},
    ]
    fields = spec.model_dump(mode="json")
    changed = ExerciseSpec.model_validate({**fields, "checks": [*fields["checks"], *more]})
    save_exercise_spec(lesson=loaded, spec=changed)
    dump_lessons(root=tmp_path / "out")
    assert f"script = '''\n{SCRIPT}'''\n" in (tmp_path / "out" / CHECKS).read_text()
    assert spec_of(tmp_path / "out").exercises[0].checks == changed.checks
