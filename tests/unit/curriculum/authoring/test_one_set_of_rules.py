"""Refuse in the admin what check_lessons refuses, in the same words."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from curriculum.admin.editor import change_url
from curriculum.loader.dump import dump_lessons
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise, Lesson
from tests.support.curriculum.admin_forms import typed

pytestmark = pytest.mark.django_db
KERNEL = "boxes/01-first/exercises/kernel"
UNTESTED = [
    ("solution.sh", "solution", "is missing"),
    ("wrong/right-old.sh", "wrong", "needs at least one script that fails a check"),
]


def check(root):
    """Return what check_lessons says of a folder."""
    out = StringIO()
    try:
        call_command("check_lessons", root, stdout=out)
    except CommandError as error:
        return str(error)
    return out.getvalue()


@pytest.fixture(params=UNTESTED, ids=lambda param: param[1])
def untested(request, lessons, edit):
    """Load a draft that lacks a script, and return the fault's field and message."""
    path, field, message = request.param
    (lessons / KERNEL / path).unlink()
    edit("boxes/01-first/lesson.md", "minutes: 5\n", "minutes: 5\ndraft: true\n")
    load_lessons(root=lessons)
    return field, message


def test_a_draft_may_lack_scripts_and_is_told_what_it_lacks(untested, lessons):
    field, message = untested
    assert f"{field}: {message} (before this draft can be published)" in check(lessons)


def test_a_draft_without_its_scripts_is_saved_and_not_published(untested, author):
    field, message = untested
    lesson = Lesson.objects.get()
    posted = typed(author.get(change_url(lesson)))
    assert author.post(change_url(lesson), posted | {"title": "Still a draft"}).status_code == 302
    posted = typed(author.get(change_url(lesson)))
    del posted["draft"]
    response = author.post(change_url(lesson), posted)
    assert response.status_code == 422
    (text,) = response.context["head_errors"]
    assert text.startswith("kernel/")
    assert text.endswith(f": {field}: {message}")
    lesson.refresh_from_db()
    assert (lesson.draft, lesson.title) == (True, "Still a draft")


def test_the_list_does_not_publish_it_either(untested, author):
    field, message = untested
    url = reverse("admin:curriculum_lesson_changelist")
    data = {"action": "publish_selected", "_selected_action": [Lesson.objects.get().pk]}
    response = author.post(url, data, follow=True)
    assert f"{field}: {message}" in response.content.decode()
    assert Lesson.objects.get().draft


def test_scripts_of_a_lesson_that_students_see_can_not_be_taken_away(author, loaded):
    kernel = loaded.exercises.get(slug="kernel")
    posted = typed(author.get(change_url(kernel)))
    kept = {key: value for key, value in posted.items() if not key.startswith("wrong-")}
    response = author.post(change_url(kernel), kept | {"solution": ""})
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "solution": ["is missing"],
        "wrong": ["needs at least one script that fails a check"],
    }


def test_what_the_admin_publishes_passes_check_lessons(author, loaded, tmp_path):
    kernel = loaded.exercises.get(slug="kernel")
    posted = typed(author.get(change_url(kernel))) | {"title": "Which one?"}
    assert author.post(change_url(kernel), posted).status_code == 302
    dump_lessons(root=tmp_path / "out")
    assert "no faults" in check(tmp_path / "out")


MISFITS = [
    ({"kind": "vm", "running": "yes"}, "linux", "kind", "looks at a running virtual machine"),
    ({"kind": "vm", "running": "yes"}, "docker", "kind", "of the kind vm, vm-resume or hypervisor"),
    ({"kind": "guest", "ask": "true", "equals": "1"}, "docker", "kind", "asks the guest"),
    ({"kind": "guest", "ask": "true", "equals": "1"}, "hypervisor", "kind", "asks the guest"),
    ({"kind": "container", "name": "web"}, "linux", "kind", "asks the machine's Docker engine"),
    ({"kind": "image", "name": "web"}, "vm", "kind", "takes a machine of the kind docker"),
    ({"kind": "history", "event": "image-pulled"}, "linux", "kind", "this one is linux"),
    ({"kind": "registry", "repository": "app"}, "linux", "kind", "asks the class's registry"),
    ({"kind": "command", "argv-0": "docker ps"}, "docker", "argv[0]", "give each word an entry"),
    ({"kind": "image", "name": "a", "cmd-0": "sleep 3"}, "docker", "cmd[0]", "give each word"),
    ({"kind": "container", "name": "a", "args-0": "a b"}, "docker", "args[0]", "give each word"),
]


@pytest.mark.parametrize(("check", "machine", "field", "message"), MISFITS)
def test_a_check_that_its_machine_can_not_answer_is_refused(
    author, loaded, check, machine, field, message
):
    Lesson.objects.update(machines=[{"name": "box", "kind": machine}])
    file = loaded.files.get(path="lesson.md")
    file.content = bytes(file.content).replace(b"kind: linux", f"kind: {machine}".encode())
    file.save()
    loaded.refresh_from_db()
    url = reverse("admin:curriculum_exercise_add") + f"?lesson={loaded.pk}"
    posted = typed(author.get(url)) | {"slug": "new", "title": "New", "solution": "true\n"}
    row = {"id": "right", "message": "It should.", "read": "Above."} | check
    posted |= {f"checks-0-{name}": value for name, value in row.items()}
    response = author.post(url, posted)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert message in errors[f"checks[0].{field}"][0]
    assert not Exercise.objects.filter(slug="new").exists()


def test_a_disk_may_lie_in_any_machine_and_a_placeholder_is_one_word(lessons, edit):
    edit(
        f"{KERNEL}/exercise.toml",
        'argv = ["wc", "-l", "/root/kernel"]',
        'argv = ["{{ program }}", "-l"]',
    )
    path = lessons / KERNEL / "exercise.toml"
    path.write_text(
        path.read_text() + '\n[[parameters]]\nname = "program"\nvalue = "wc"\nkind = "value"\n'
        '\n[[checks]]\nkind = "vm"\nid = "disk"\ndisk = "/root/d"\ndisk_format = "raw"\n'
        'message = "M"\nread = "R"\n'
    )
    assert "no faults" in check(lessons)
