"""Make machines from images of the operator's list and from Dockerfiles."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.dockerfiles import dockerfile_faults, with_own_images
from curriculum.loader.reader import read_lesson
from curriculum.loader.service import LoadReport, save_lesson
from tests.support.factories import CourseFactory
from tests.support.paths import COURSES

LESSON = """\
---
title: Own
minutes: 5
machines:
{machines}
---

Text.
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.IMAGES_ALLOWED = ["python:3.*", "alpine"]
    folder_path = tmp_path / "course" / "01-own"
    folder_path.mkdir(parents=True)
    return folder_path


def write(folder: Path, machines: str, **dockerfiles: str) -> None:
    (folder / "lesson.md").write_text(LESSON.format(machines=machines))
    for name, text in dockerfiles.items():
        (folder / "machines" / name).mkdir(parents=True)
        (folder / "machines" / name / "Dockerfile").write_text(text)


def faults(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(InvalidLessonFiles) as caught:
        read_lesson(folder)
    return [
        (str(error.file.relative_to(folder)), error.line, error.field, error.message)
        for error in caught.value.errors
    ]


def test_kind_image_and_dockerfile_side_by_side(folder: Path, db: None) -> None:
    machines = "  - {name: a, kind: docker}\n  - {name: b, image: 'python:3.11'}\n  - {name: c}"
    write(folder, machines, c="FROM drydock/linux\nRUN true\n")
    files = read_lesson(folder)
    course = CourseFactory(slug="course", title="Course")
    lesson = save_lesson(course=course, files=files, origin="", report=LoadReport())
    assert lesson.requested_machines == [
        {"name": "a", "kind": "docker"},
        {"name": "b", "kind": "image:python:3.11"},
        {"name": "c", "kind": "build:course/own/c"},
    ]


def test_image_that_is_not_allowed_is_named(folder: Path) -> None:
    write(folder, "  - name: a\n    image: evil/image")
    [(file, line, field, message)] = faults(folder)
    assert (file, line, field) == ("lesson.md", 6, "machines[0].image")
    assert message.startswith("evil/image is not allowed here; allowed are python:3.*")


def test_no_images_are_allowed_by_default(folder: Path, settings: Settings) -> None:
    settings.IMAGES_ALLOWED = []
    write(folder, "  - name: a\n    image: alpine")
    assert faults(folder)[0][3] == "alpine is not allowed: the operator allows no images"


def test_kind_and_image_exclude_each_other(folder: Path) -> None:
    write(folder, "  - name: a\n    kind: linux\n    image: alpine")
    assert faults(folder) == [
        ("lesson.md", 7, "machines[0].image", "a machine has a kind or an image, not both"),
    ]


def test_neither_needs_a_dockerfile(folder: Path) -> None:
    write(folder, "  - name: a")
    [(file, line, field, message)] = faults(folder)
    assert (file, line, field) == ("lesson.md", 5, "machines[0].kind")
    assert "machines/a/Dockerfile" in message


def test_dockerfile_beside_a_kind_is_refused(folder: Path) -> None:
    write(folder, "  - name: a\n    kind: linux", a="FROM alpine\n")
    assert faults(folder)[0][:3] == ("lesson.md", 6, "machines[0].kind")


def test_dockerfile_without_a_machine_is_refused(folder: Path) -> None:
    write(folder, "  - name: a\n    kind: linux", b="FROM alpine\n")
    assert faults(folder) == [
        ("machines/b/Dockerfile", 1, "folder", "the lesson has no machine named b")
    ]


def test_faults_of_a_dockerfile_have_its_line(folder: Path) -> None:
    write(folder, "  - name: a", a="# Mine\nFROM alpine\nVOLUME /data\n")
    assert faults(folder)[0][:3] == ("machines/a/Dockerfile", 3, "VOLUME")


@pytest.mark.parametrize(
    "field",
    ["cap_add: [SYS_ADMIN]", "privileged: true", "mounts: ['/:/host']", "devices: [/dev/kvm]"],
)
def test_nothing_else_can_be_asked_for(folder: Path, field: str) -> None:
    write(folder, f"  - name: a\n    kind: linux\n    {field}")
    assert faults(folder)[0][2] == f"machines[0].{field.partition(':')[0]}"


def test_more_machines_than_the_setting_allows(folder: Path, settings: Settings) -> None:
    settings.MACHINES_PER_SANDBOX = 2
    write(folder, "\n".join(f"  - {{name: m{n}, kind: linux}}" for n in range(3)))
    assert faults(folder) == [("lesson.md", 7, "machines[2]", "has more than 2")]


@pytest.mark.parametrize(
    ("text", "faults_found"),
    [
        ("FROM alpine\nRUN a \\\n  b\n", []),
        ("FROM alpine:latest AS one\nFROM one\nCOPY --from=one /a /b\nCOPY --from=0 /a /b\n", []),
        ("from drydock/docker\n", []),
        ("RUN true\n", [(1, "FROM")]),
        ("FROM evil\n", [(1, "FROM")]),
        ("FROM \\\n  evil\n", [(1, "FROM")]),
        ("FROM alpine\n\n# here\nFROM evil AS alpine\n", [(4, "FROM")]),
        ("ARG X=alpine\nFROM $X\n", [(2, "FROM")]),
        ("FROM --platform=linux/arm64 alpine\n", [(1, "FROM")]),
        ("FROM alpine\nCOPY --chown=0:0 --from=evil /a /b\n", [(2, "COPY")]),
        ("FROM alpine\nONBUILD RUN true\n", [(2, "ONBUILD")]),
        ("# syntax=evil/frontend\nFROM alpine\n", [(1, "directive")]),
        ("#\tSyntax = evil/frontend\nFROM alpine\n", [(1, "directive")]),
        ("# other=1\n# escape=`\nFROM alpine\n", [(2, "directive")]),
        ("# a comment\n# syntax=evil\nFROM alpine\n", []),
        ("\ufeffFROM\talpine\tas\tone\nCOPY\t--from=one\t/a\t/b\n", []),
        ("FROM\tevil\n", [(1, "FROM")]),
        (" \tfrom evil\n", [(1, "FROM")]),
        ("FROM alpine\nCOPY\t--from=evil\t/a\t/b\n", [(2, "COPY")]),
        ('FROM alpine\nCOPY --fr"om"=evil /a /b\n', [(2, "COPY")]),
        ("FROM alpine\nCOPY --fr\\om=evil /a /b\n", [(2, "COPY")]),
        ("FROM alpine\nCOPY \\\n# a comment\n\n --from=evil /a /b\n", [(2, "COPY")]),
        ("FR\\\nOM evil\n", [(1, "FROM")]),
        ("FROM alpine\nRUN true \\ \t\n && true\nFROM evil\n", [(4, "FROM")]),
        ("FROM alpine\nRUN true \\\\\nFROM evil\n", [(2, "text")]),
        ("FROM alpine\r\nRUN true\r\n", []),
        ("FROM alpine\rFROM evil\n", [(1, "text")]),
        ("FROM alpine\nRUN true\u2028FROM evil\n", [(2, "text")]),
        ("FROM alpine\nRUN echo\u00a0x\n", [(2, "text")]),
        ("FROM alpine\nRUN <<EOF\nFROM evil\nEOF\n", [(2, "RUN"), (3, "FROM")]),
        ("FROM alpine\nCOPY <<-'E' /x\nE\n", [(2, "COPY")]),
        ("ARG X=evil\nFROM ${X}\n", [(2, "FROM")]),
        ("FROM 'alpine'\n", [(1, "FROM")]),
        ("FROM alpine\nCOPY --from=$X /a /b\n", [(2, "COPY")]),
        ('FROM alpine\nCOPY --from=evil ["/a", "/b"]\n', [(2, "COPY")]),
        ('FROM alpine\nCOPY ["a", "/b"]\n', []),
        ("FROM alpine\nonbuild copy --from=evil /a /b\n", [(2, "ONBUILD")]),
        ("FROM alpine\nRUN --mount=type=bind,from=evil true\n", [(2, "RUN")]),
        ("FROM alpine\nADD http://169.254.169.254/latest /x\n", [(2, "ADD")]),
        ('FROM alpine\nADD ["HTTPS://10.0.0.1/x", "/x"]\n', [(2, "ADD")]),
        ("FROM alpine\nADD git@host:x /x\n", [(2, "ADD")]),
        ("FROM alpine\nENV U=http://10.0.0.1/\nADD $U /x\n", [(3, "ADD")]),
        ("FROM alpine\nADD files.tar /x\n", []),
        ("# escape=`\nFROM alpine\n", [(1, "directive")]),
    ],
)
def test_dockerfiles(text: str, faults_found: list[tuple[int, str]]) -> None:
    assert [(line, word) for line, word, _ in dockerfile_faults(text, ["alpine"])] == faults_found


def test_own_images_get_this_installations_names() -> None:
    text = "FROM drydock/linux AS x\nFROM drydock/linuxx\nCOPY --from=drydock/docker /a /b\n"
    expected = (
        "FROM me/linux:latest AS x\nFROM drydock/linuxx\nCOPY --from=me/docker:latest /a /b\n"
    )
    assert with_own_images(text, "me") == expected


def test_the_builder_reads_what_was_checked_and_nothing_else() -> None:
    text = "\ufeff# mine\r\nfrom\tdrydock/linux\r\nRUN a \\\r\n# not this\r\n\tb\r\n"
    assert with_own_images(text, "me") == "FROM me/linux:latest\nRUN a \tb\n"


def test_lesson_that_tests_use_is_right() -> None:
    from curriculum.loader.reader import read_courses

    [course] = read_courses(COURSES / "machines")
    assert [machine.is_built for machine in course.lessons[0].spec.machines] == [False, False, True]
