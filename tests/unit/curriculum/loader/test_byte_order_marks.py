"""Read files that begin with a byte order mark as if it were not there."""

import pytest

from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import script_faults
from curriculum.loader.service import load_lessons
from curriculum.models import Lesson

MARK = "\ufeff".encode()


@pytest.fixture
def marked(lessons):
    """Begin every file of a course with a mark, with Windows' line ends."""
    for path in lessons.rglob("*"):
        if path.is_file():
            path.write_bytes(MARK + path.read_bytes().replace(b"\n", b"\r\n"))
    return lessons


def test_a_mark_changes_nothing_of_what_is_read(lessons, marked, tmp_path):
    (course,) = read_courses(marked)
    assert script_faults([course]) == []
    (lesson,) = course.lessons
    assert lesson.spec.title == "First"
    kernel = lesson.spec.exercises[0]
    assert kernel.solution == "uname -r > /root/kernel\n"
    assert kernel.wrong[0].check == "right"
    assert "\ufeff" not in lesson.spec.body


@pytest.mark.django_db
def test_marked_files_are_kept_byte_for_byte(marked):
    load_lessons(root=marked)
    file = Lesson.objects.get().files.get(path="exercises/kernel/solution.sh")
    assert bytes(file.content).startswith(MARK)


def test_a_body_that_begins_with_a_mark_keeps_its_heading(lessons, edit):
    edit("boxes/01-first/lesson.md", "---\n\n", "---\n\n\ufeff## Marked\n\n")
    (course,) = read_courses(lessons)
    assert '<h2 id="s-marked">' in course.lessons[0].blocks[0]["html"]


def test_another_encoding_is_named(lessons):
    path = lessons / "boxes/course.toml"
    path.write_bytes('title = "Course"'.encode("utf-16"))
    with pytest.raises(Exception, match=r"course\.toml:1: file: is UTF-16 text: save it as UTF-8"):
        read_courses(lessons)
