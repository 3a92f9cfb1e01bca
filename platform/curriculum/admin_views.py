"""What the editor's script asks for: a preview, and pictures in and out."""

from typing import cast

from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from curriculum.album import remove_picture
from curriculum.authoring import save_files
from curriculum.errors import InvalidLessonFiles, UnusablePicture
from curriculum.models import Lesson
from curriculum.pictures import clean_picture, picture_name, read_limit
from curriculum.preview import preview
from curriculum.schema import BODY_MAX


def _check(request: HttpRequest) -> None:
    if not cast("PermissionsMixin", request.user).has_perm("curriculum.change_lesson"):
        raise PermissionDenied


@require_POST
def lesson_preview(request: HttpRequest) -> JsonResponse:
    """`text` as students will see it; `lesson` is its id, `exercise` a slug, `machines` names with commas."""
    _check(request)
    wanted = request.POST.get("lesson", "")
    lesson = get_object_or_404(Lesson.objects.select_related("course"), pk=int(wanted)) if wanted.isdecimal() else None
    machines = frozenset(name.strip() for name in request.POST.get("machines", "").split(",") if name.strip())
    text = request.POST.get("text", "").replace("\r\n", "\n")[:BODY_MAX]
    exercise = request.POST.get("exercise", "")
    slug = exercise if lesson and lesson.exercises.filter(slug=exercise).exists() else "new" if exercise else ""
    return JsonResponse(preview(text=text, machines=machines, lesson=lesson, exercise=slug))


@require_POST
def lesson_files(request: HttpRequest, pk: int) -> JsonResponse:
    """Take a picture (`file`) into the lesson's folder, or that of its `exercise`; or remove the one named `remove`.
    {"name", "done", "stamp"}, or {"error"} with 422."""
    _check(request)
    lesson = get_object_or_404(Lesson.objects.select_related("course"), pk=pk)
    slug = request.POST.get("exercise", "")
    folder = f"exercises/{slug}/" if slug and lesson.exercises.filter(slug=slug).exists() else ""
    try:
        answer = _remove(request, lesson, folder) if "remove" in request.POST else _add(request, lesson, folder)
    except UnusablePicture as error:
        return JsonResponse({"error": f"The file {error}."}, status=422)
    except InvalidLessonFiles as invalid:
        fault = invalid.errors[0]
        return JsonResponse({"error": f"{fault.field}: {fault.message}"}, status=422)
    return answer


def _add(request: HttpRequest, lesson: Lesson, folder: str) -> JsonResponse:
    upload = request.FILES.get("file")
    if upload is None:
        raise UnusablePicture("is missing")
    name = picture_name(upload.name or "")
    content, done = clean_picture(upload.read(read_limit()), name)
    saved = save_files(lesson=lesson, add={folder + name: content})
    return JsonResponse({"name": name, "done": done, "stamp": saved.state})


def _remove(request: HttpRequest, lesson: Lesson, folder: str) -> JsonResponse:
    name = picture_name(request.POST["remove"])
    saved = remove_picture(lesson=lesson, path=folder + name)
    return JsonResponse({"name": name, "done": [], "stamp": saved.state})
