"""Writing in the admin: who may, what is saved, and where faults are shown."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from curriculum.admin.editor import change_url
from curriculum.loader.service import load_lessons
from curriculum.models import Course, Exercise, Lesson
from tests.support.curriculum.admin_forms import typed
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "staff"), [("student", False), ("student", True)])
def test_a_student_gets_nothing(client, loaded, role, staff):
    client.force_login(UserFactory(username="stu", password="x", role=role, is_staff=staff))
    for url in (
        change_url(loaded),
        change_url(loaded.course),
        change_url(loaded.exercises.first()),
    ):
        assert client.get(url).status_code in (302, 403)
        assert client.post(url, {"title": "Mine"}).status_code in (302, 403)
    for url in (
        reverse("admin:curriculum_preview"),
        reverse("admin:curriculum_files", args=[loaded.pk]),
    ):
        assert client.post(url, {"text": "x"}).status_code in (302, 403)
    loaded.refresh_from_db()
    assert loaded.title == "First"


def test_an_outsider_is_sent_to_sign_in(client, loaded):
    assert client.get(change_url(loaded)).status_code == 302
    assert client.post(reverse("admin:curriculum_preview"), {"text": "x"}).status_code == 302


def test_every_page_of_the_admin_opens(admin_client, loaded):
    admin_client.force_login(User.objects.create_superuser("root", password="x", role="operator"))
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert admin_client.get(url).status_code == 200, url


def test_a_lesson_without_a_course_is_not_added(author, loaded):
    response = author.get(reverse("admin:curriculum_lesson_add"))
    assert response.url == reverse("admin:curriculum_course_changelist")


def test_saving_a_page_as_it_is_changes_nothing(author, loaded):
    rows = [loaded.course, loaded, *loaded.exercises.all()]
    before = loaded.state, bytes(loaded.course.source), list(Exercise.objects.values())
    for row in rows:
        response = author.post(change_url(row), typed(author.get(change_url(row))))
        assert response.status_code == 302, response.context["form"].errors
    loaded.refresh_from_db()
    assert (
        loaded.state,
        bytes(Course.objects.get().source),
        list(Exercise.objects.values()),
    ) == before


def test_a_lesson_is_written_from_nothing_and_published(author, loaded):
    course = loaded.course
    url = reverse("admin:curriculum_lesson_add") + f"?course={course.pk}"
    posted = typed(author.get(url)) | {
        "slug": "made",
        "title": "Made",
        "body": "Hello.\r\n\r\n## More\r\n",
    }
    assert author.post(url, posted).status_code == 302
    lesson = Lesson.objects.get(slug="made")
    assert (lesson.draft, lesson.folder, lesson.source) == (
        True,
        "02-made",
        "\nHello.\n\n## More\n",
    )
    url = reverse("admin:curriculum_exercise_add") + f"?lesson={lesson.pk}"
    posted = typed(author.get(url)) | {
        "slug": "task",
        "title": "A task",
        "body": "Do it.",
        "checks-0-id": "answer",
        "checks-0-path": "/root/answer",
        "checks-0-equals": "42",
        "checks-0-message": "It should hold 42.",
        "checks-0-read": "Above.",
        "hints-3-text": "Second hint in the form, first by number.",
        "hints-1-text": "Last.",
        "setup": "mkdir -p /root/desk",
        "solution": "echo 42 > /root/answer\r\n",
        "wrong-0-check": "answer",
        "wrong-0-what": "off-by-one",
        "wrong-0-script": "#!/bin/sh\necho 43 > /root/answer",
    }
    response = author.post(url, posted)
    assert response.status_code == 302, response.context["form"].errors
    task = Exercise.objects.get(slug="task")
    assert task.definition["hints"] == ["Second hint in the form, first by number.", "Last."]
    assert not {"setup", "solution", "wrong"} & set(task.definition)
    scripts = {row.path: bytes(row.content) for row in lesson.files.filter(path__endswith=".sh")}
    assert scripts == {
        "exercises/task/setup.sh": b"mkdir -p /root/desk\n",
        "exercises/task/solution.sh": b"echo 42 > /root/answer\n",
        "exercises/task/wrong/answer-off-by-one.sh": (
            b"#!/bin/sh\n# fails: answer\necho 43 > /root/answer\n"
        ),
    }
    lesson.refresh_from_db()
    assert lesson.source.endswith("\n::: exercise task\n")
    posted = typed(author.get(change_url(lesson)))
    del posted["draft"]
    assert author.post(change_url(lesson), posted).status_code == 302
    lesson.refresh_from_db()
    assert not lesson.draft


def test_a_check_of_another_kind_takes_its_own_fields_only(author, loaded):
    kernel = loaded.exercises.get(slug="kernel")
    posted = typed(author.get(change_url(kernel))) | {
        "checks-0-kind": "process",
        "checks-0-command": "sleep",
    }
    assert author.post(change_url(kernel), posted).status_code == 302
    kernel.refresh_from_db()
    assert kernel.definition["checks"][0]["command"] == "sleep"
    assert "path" not in kernel.definition["checks"][0]


def test_an_exercise_is_taken_out_and_kept_for_its_students(author, loaded):
    kernel = loaded.exercises.get(slug="kernel")
    assert author.post(change_url(kernel), {"_remove": ""}).url == change_url(loaded)
    kernel.refresh_from_db()
    loaded.refresh_from_db()
    assert kernel.archived
    assert "kernel" not in loaded.source
    assert not loaded.files.filter(path__startswith="exercises/kernel/").exists()


FAULTS = [
    ("lesson", {"minutes": "many"}, "minutes", "must be a whole number"),
    ("lesson", {"title": ""}, "title", "is empty"),
    ("lesson", {"machines-0-name": "Box"}, "machines[0].name", "must begin with a small letter"),
    ("lesson", {"body": "Hello.\n\n# Big"}, "body", "line 3: heading: begin with ##"),
    ("exercise", {"checks-0-path": "answer"}, "checks[0].path", "must be an absolute path"),
    (
        "exercise",
        dict.fromkeys((f"checks-1-argv-{n}" for n in range(3)), " "),
        "checks[1].argv",
        "needs at least 1",
    ),
    ("exercise", {"checks-1-id": "right"}, "checks[1].id", "right is there twice"),
    ("exercise", {"checks-0-points": "0"}, "checks[0].points", "must be at least 1"),
    ("exercise", {"checks-1-matches": "("}, "checks[1].matches", "is not a regular expression"),
    ("exercise", {"hints-1-text": "```nolanguage\nx\n```"}, "hints[1].text", "names a language"),
    (
        "exercise",
        {"body": "![x](gone.svg)"},
        "body",
        "line 1: picture: names a file that is missing",
    ),
    ("course", {"position": "-1"}, "position", "must be at least 0"),
]


@pytest.mark.parametrize(("model", "edit", "field", "message"), FAULTS)
def test_a_fault_is_shown_at_its_field_and_nothing_is_saved(
    author, loaded, model, edit, field, message
):
    row = {
        "lesson": loaded,
        "course": loaded.course,
        "exercise": loaded.exercises.get(slug="kernel"),
    }[model]
    response = author.post(change_url(row), typed(author.get(change_url(row))) | edit)
    assert response.status_code == 422
    assert any(message in text for text in response.context["form"].errors[field])
    assert response.context["head_errors"] == []
    assert message.split(": ")[-1] in response.content.decode()
    before = loaded.state
    loaded.refresh_from_db()
    assert loaded.state == before


def test_a_machine_that_an_exercise_needs_can_not_be_taken_away(author, loaded):
    posted = typed(author.get(change_url(loaded)))
    machines = {key: value for key, value in posted.items() if key.startswith("machines-0-")}
    posted = {key: value for key, value in posted.items() if key not in machines}
    posted |= {"machines-1-name": "other", "machines-1-kind": "linux"}
    response = author.post(change_url(loaded), posted)
    assert response.status_code == 422
    assert any("kernel/exercise.md: machine" in text for text in response.context["head_errors"])


def test_what_somebody_else_saved_is_not_overwritten(author, loaded):
    own = typed(author.get(change_url(loaded)))
    assert author.post(change_url(loaded), own | {"title": "Theirs"}).status_code == 302
    response = author.post(change_url(loaded), own | {"title": "Mine"})
    assert response.status_code == 422
    assert "Somebody else has saved this" in response.content.decode()
    loaded.refresh_from_db()
    assert loaded.title == "Theirs"


def test_lessons_are_put_in_order_on_the_course_page(author, loaded, lessons, edit):
    edit("boxes/02-second/lesson.md", "", "---\ntitle: Second\nminutes: 3\n---\n\nText.\n")
    load_lessons(root=lessons)
    posted = typed(author.get(change_url(loaded.course))) | {"order": ["second", "first"]}
    assert author.post(change_url(loaded.course), posted).status_code == 302
    assert list(loaded.course.lessons.values_list("slug", "position")) == [
        ("second", 1),
        ("first", 2),
    ]


def test_try_it_opens_the_lesson_as_students_get_it(author, loaded):
    response = author.post(
        change_url(loaded), typed(author.get(change_url(loaded))) | {"_try": "", "draft": "on"}
    )
    assert response.url == "/courses/boxes/first/"
    assert author.get(response.url).status_code == 200


def test_many_are_published_at_once(author, loaded):
    url = reverse("admin:curriculum_lesson_changelist")
    for action, draft in (("withdraw_selected", True), ("publish_selected", False)):
        author.post(url, {"action": action, "_selected_action": [loaded.pk]})
        loaded.refresh_from_db()
        assert loaded.draft is draft


def test_the_preview_is_what_students_get(author, loaded):
    url, text = (
        reverse("admin:curriculum_preview"),
        "Hi <script>alert(1)</script>\n\n```bash run=box\nls\n```\n",
    )
    answer = author.post(url, {"text": text, "lesson": loaded.pk, "machines": "box"}).json()
    assert answer["problems"] == []
    assert "<script" not in answer["html"]
    posted = typed(author.get(change_url(loaded)))
    posted["body"] = text + "\n::: exercise kernel\n\n::: exercise sleeper\n"
    author.post(change_url(loaded), posted)
    loaded.refresh_from_db()
    assert answer["html"] == loaded.blocks[0]["html"]


def test_the_preview_names_lines(author, loaded):
    answer = author.post(
        reverse("admin:curriculum_preview"), {"text": "a\n\n# Big", "lesson": loaded.pk}
    ).json()
    assert [(problem["line"], problem["field"]) for problem in answer["problems"]] == [
        (3, "heading")
    ]


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}<rect id="a" width="9"'
    ' height="9"/></svg>'
)


def upload(author, lesson, name, content):
    files = reverse("admin:curriculum_files", args=[lesson.pk])
    return author.post(files, {"file": SimpleUploadedFile(name, content)})


def test_a_diagram_is_cleaned_and_can_be_used(author, loaded):
    response = upload(
        author, loaded, "My Boxes.svg", SVG.format("<script>alert(1)</script>").encode()
    )
    assert response.json()["name"] == "my-boxes.svg"
    assert response.json()["done"] == ["taken out: the element <script>"]
    content = bytes(loaded.files.get(path="my-boxes.svg").content)
    assert b"script" not in content
    assert b'id="a"' in content
    posted = typed(author.get(change_url(loaded)))
    posted["body"] += "\n\n![Boxes](my-boxes.svg)"
    assert author.post(change_url(loaded), posted).status_code == 302
    loaded.refresh_from_db()
    assert '<figure class="diagram">' in loaded.blocks[-1]["html"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG"),
        ("a.svg", b"\x89PNG"),
        ("a.svg", b"<html></html>"),
        ("a.svg", SVG.format("").replace('viewBox="0 0 9 9"', "").encode()),
        ("a.svg", SVG.format("x" * 200_001).encode()),
        ("a.svg", b"<!DOCTYPE svg>" + SVG.format("").encode()),
        ("../lesson.md", b"x"),
        (".svg", SVG.format("").encode()),
    ],
)
def test_what_is_no_diagram_is_refused(author, loaded, name, content):
    response = upload(author, loaded, name, content)
    assert response.status_code == 422
    assert response.json()["error"]
    assert not loaded.files.filter(path__endswith=".svg").exists()


def test_a_diagram_in_use_stays(author, loaded):
    upload(author, loaded, "a.svg", SVG.format("").encode())
    posted = typed(author.get(change_url(loaded)))
    author.post(change_url(loaded), posted | {"body": posted["body"] + "\n\n![Boxes](a.svg)"})
    files = reverse("admin:curriculum_files", args=[loaded.pk])
    assert author.post(files, {"remove": "a.svg"}).status_code == 422
    assert loaded.files.filter(path="a.svg").exists()
