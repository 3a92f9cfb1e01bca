"""`manage.py load_lessons` and `manage.py check_lessons`."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from curriculum.models import Course

KERNEL = "boxes/01-first/exercises/kernel"


def run(name, path):
    out = StringIO()
    call_command(name, path, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_load_says_what_it_did(lessons):
    assert run("load_lessons", lessons).splitlines() == [
        "  created boxes",
        "  created boxes/first",
        "  created boxes/first/kernel",
        "  created boxes/first/sleeper",
        "4 created, 0 updated, 0 unchanged, 0 archived",
    ]
    assert run("load_lessons", lessons).splitlines() == [
        "0 created, 0 updated, 4 unchanged, 0 archived"
    ]


@pytest.mark.django_db
def test_load_lists_every_fault_and_loads_nothing(lessons, edit):
    edit("boxes/course.toml", "position = 3", "position = -3")
    edit("boxes/01-first/lesson.md", "minutes: 5", "minutes: many")
    with pytest.raises(CommandError) as caught:
        run("load_lessons", lessons)
    assert caught.value.returncode == 1
    assert str(caught.value).splitlines() == [
        f"{lessons}/boxes/01-first/lesson.md:4: minutes: must be a whole number",
        f"{lessons}/boxes/course.toml:3: position: must be at least 0",
        "2 faults; nothing was loaded.",
    ]
    assert not Course.objects.exists()


def test_check_needs_no_database(lessons):
    assert run("check_lessons", lessons) == "1 courses, 1 lessons, 2 exercises: no faults\n"
    assert (
        run("check_lessons", lessons / "boxes") == "1 courses, 1 lessons, 2 exercises: no faults\n"
    )


def faults(lessons):
    with pytest.raises(CommandError) as caught:
        run("check_lessons", lessons)
    assert caught.value.returncode == 1
    return [line.removeprefix(f"{lessons}/") for line in str(caught.value).splitlines()[:-1]]


def test_check_lists_faults_of_the_files(lessons, edit):
    edit("boxes/course.toml", "position = 3", "position = -3")
    assert faults(lessons) == ["boxes/course.toml:3: position: must be at least 0"]


def test_check_misses_a_solution(lessons):
    (lessons / KERNEL / "solution.sh").unlink()
    assert faults(lessons) == [f"{KERNEL}/solution.sh:1: solution: is missing"]


def test_check_misses_wrong_answers(lessons):
    (lessons / KERNEL / "wrong/right-old.sh").unlink()
    assert faults(lessons) == [
        f"{KERNEL}/wrong:1: wrong: needs at least one script that fails a check"
    ]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("right-x.sh", "#!/bin/sh\ntrue\n", "1: fails: begin with a line `# fails: <check id>`"),
        (
            "right-x.sh",
            "#!/bin/sh\n# fails: left\n",
            "2: fails: there is no check left; known are right, short",
        ),
        ("other-x.sh", "# fails: right\n", "1: name: must be right-<what is wrong>.sh"),
    ],
)
def test_check_wants_wrong_answers_to_name_a_check(lessons, name, text, fault):
    (lessons / KERNEL / "wrong" / name).write_text(text)
    assert faults(lessons) == [f"{KERNEL}/wrong/{name}:{fault}"]


def test_our_own_lessons_have_no_faults():
    assert "no faults" in run("check_lessons", settings.BASE_DIR / "lessons")
