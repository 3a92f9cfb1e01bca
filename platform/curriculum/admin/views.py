"""What the editor's script asks for: a preview, and pictures in and out."""

from pathlib import PurePath
from typing import cast

from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from curriculum.admin.editor import MEANWHILE
from curriculum.admin.form_parts import parts_of
from curriculum.admin.forms import read_form
from curriculum.authoring.album import album, remove_picture
from curriculum.authoring.pictures import PICTURE_SUFFIXES, READ_LIMIT, clean_picture, picture_name
from curriculum.authoring.preview import page_url, preview
from curriculum.authoring.service import save_files
from curriculum.errors import InvalidLessonFiles, UnusablePicture
from curriculum.models import Lesson
from curriculum.schema.specs import BODY_MAX, ExerciseSpec

_QUESTIONS = parts_of(ExerciseSpec, leave_out=ExerciseSpec.model_fields.keys() - {"questions"})


def _check(request: HttpRequest) -> None:
    if not cast("PermissionsMixin", request.user).has_perm("curriculum.change_lesson"):
        raise PermissionDenied


@require_POST
def lesson_preview(request: HttpRequest) -> JsonResponse:
    """`text` as students will see it; `lesson` is its id, `exercise` a slug, `machines` names with commas, and an
    exercise's questions come under the names that they have in its form."""
    _check(request)
    wanted = request.POST.get("lesson", "")
    lesson = get_object_or_404(Lesson.objects.select_related("course"), pk=int(wanted)) if wanted.isdecimal() else None
    machines = frozenset(name.strip() for name in request.POST.get("machines", "").split(",") if name.strip())
    text = request.POST.get("text", "").replace("\r\n", "\n")[:BODY_MAX]
    exercise = request.POST.get("exercise", "")
    slug = exercise if lesson and lesson.exercises.filter(slug=exercise).exists() else "new" if exercise else ""
    questions = read_form(_QUESTIONS, request.POST)["questions"]
    return JsonResponse(preview(text=text, machines=machines, lesson=lesson, exercise=slug, questions=questions))


@require_POST
def lesson_files(request: HttpRequest, pk: int) -> JsonResponse:
    """Take a picture (`file`) into the lesson's folder, or that of its `exercise`, in the place of the one that it may
    `replace`; or `remove` one. `stamp` is what the page was opened with.
    {"name", "done": what was done to it, "stamp", "html": all pictures of the folder}, or {"error"} with 422."""
    _check(request)
    lesson = get_object_or_404(Lesson.objects.select_related("course"), pk=pk)
    slug = request.POST.get("exercise", "")
    folder = f"exercises/{slug}/" if slug and lesson.exercises.filter(slug=slug).exists() else ""
    if request.POST.get("stamp", lesson.state) != lesson.state:
        return JsonResponse({"error": MEANWHILE}, status=422)
    try:
        name, done, saved = (_remove if "remove" in request.POST else _add)(request, lesson, folder)
    except UnusablePicture as error:
        return JsonResponse({"error": f"The file {error}."}, status=422)
    except InvalidLessonFiles as invalid:
        fault = invalid.errors[0]
        return JsonResponse({"error": f"{fault.field}: {fault.message}"}, status=422)
    html = render_to_string("admin/curriculum/_pictures.html", {"pictures": album(saved, folder, page_url(saved))})
    return JsonResponse({"name": name, "done": done, "stamp": saved.state, "html": html})


def _add(request: HttpRequest, lesson: Lesson, folder: str) -> tuple[str, list[str], Lesson]:
    upload = request.FILES.get("file")
    if upload is None:
        raise UnusablePicture("is missing")
    name, old = picture_name(upload.name or ""), request.POST.get("replace", "")
    content, done = clean_picture(upload.read(READ_LIMIT), name)
    if old and PurePath(_existing(lesson, folder + old)).suffix != PurePath(name).suffix:
        raise UnusablePicture(f"is another kind of picture than {old}, which texts name: upload it beside that one")
    if not old and lesson.files.filter(path=folder + name).exists():
        raise UnusablePicture(f"has the name of one that is there: replace {name}, or give yours another name")
    saved = save_files(lesson=lesson, add={folder + (old or name): content})
    return old or name, done, saved


def _remove(request: HttpRequest, lesson: Lesson, folder: str) -> tuple[str, list[str], Lesson]:
    name = request.POST["remove"]
    return name, [], remove_picture(lesson=lesson, path=_existing(lesson, folder + name))


def _existing(lesson: Lesson, path: str) -> str:
    """The path, which is that of a picture. Raises UnusablePicture."""
    if not path.endswith(PICTURE_SUFFIXES) or not lesson.files.filter(path=path).exists():
        raise UnusablePicture("is not there any more")
    return path
