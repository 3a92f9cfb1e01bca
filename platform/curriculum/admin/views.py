"""Answer the editor's script: a preview, and pictures in and out."""

from pathlib import PurePath
from typing import cast

from django.contrib import admin
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from curriculum.admin.editor import SAVED_MEANWHILE
from curriculum.admin.form_parts import parts_of
from curriculum.admin.form_values import read_form
from curriculum.authoring.album import album, remove_picture
from curriculum.authoring.pictures import PICTURE_SUFFIXES, READ_LIMIT, clean_picture, picture_name
from curriculum.authoring.preview import page_url, preview
from curriculum.authoring.service import save_files
from curriculum.authoring.stamps import exercise_stamp, lesson_stamp
from curriculum.errors import InvalidLessonFiles, UnusablePicture
from curriculum.models import Lesson
from curriculum.schema.specs import BODY_MAX, ExerciseSpec

QUESTION_PARTS = parts_of(ExerciseSpec, leave_out=ExerciseSpec.model_fields.keys() - {"questions"})


def require_author(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the user may change lessons."""
    if not cast("PermissionsMixin", request.user).has_perm("curriculum.change_lesson"):
        raise PermissionDenied


@require_GET
def session_state(request: HttpRequest) -> JsonResponse:
    """Return the token that a form needs, to whoever is signed in; others are sent to sign in."""
    require_author(request)
    return JsonResponse({"csrf": get_token(request)})


@require_POST
def lesson_preview(request: HttpRequest) -> JsonResponse:
    """Return `text` as students will see it.

    `lesson` is its id, `exercise` a slug, `machines` names with commas between them; an exercise's
    questions come under the names that they have in its form.
    """
    require_author(request)
    pk = request.POST.get("lesson", "")
    lessons = Lesson.objects.select_related("course")
    lesson = get_object_or_404(lessons, pk=int(pk)) if pk.isdecimal() else None
    names = (name.strip() for name in request.POST.get("machines", "").split(","))
    exercise = request.POST.get("exercise", "")
    if exercise and not (lesson and lesson.exercises.filter(slug=exercise).exists()):
        exercise = "new"
    return JsonResponse(
        preview(
            text=request.POST.get("text", "").replace("\r\n", "\n")[:BODY_MAX],
            machines=frozenset(name for name in names if name),
            lesson=lesson,
            exercise=exercise,
            questions=read_form(QUESTION_PARTS, request.POST)["questions"],
        )
    )


@require_POST
def lesson_files(request: HttpRequest, pk: int) -> JsonResponse:
    """Take a picture (`file`) into the lesson's folder or its `exercise`'s, or `remove` one.

    The picture may `replace` another. `stamp` is what the page was opened with. Returns {"name",
    "done": what was done to it, "stamp", "html": all pictures of the folder}, or {"error"} with
    status 422.
    """
    require_author(request)
    lesson = get_object_or_404(Lesson.objects.select_related("course"), pk=pk)
    slug = request.POST.get("exercise", "")
    is_exercise = slug and lesson.exercises.filter(slug=slug).exists()
    folder = f"exercises/{slug}/" if is_exercise else ""
    stamp = exercise_stamp(lesson, slug) if is_exercise else lesson_stamp(lesson)
    if request.POST.get("stamp", stamp) != stamp:
        return JsonResponse({"error": SAVED_MEANWHILE}, status=422)
    try:
        if "remove" in request.POST:
            name, changes = request.POST["remove"], list[str]()
            path = existing_picture(lesson, folder + name)
            saved = remove_picture(lesson=lesson, path=path)
            log_change(request, saved, f"Removed the picture {path}.")
        else:
            name, changes, saved = add_picture(request, lesson, folder)
            log_change(request, saved, f"Added the picture {folder + name}.")
    except UnusablePicture as error:
        return JsonResponse({"error": f"The file {error}."}, status=422)
    except InvalidLessonFiles as invalid:
        fault = invalid.errors[0]
        return JsonResponse({"error": f"{fault.field}: {fault.message}"}, status=422)
    context = {"pictures": album(saved, folder, page_url(saved))}
    html = render_to_string("admin/curriculum/_pictures.html", context)
    return JsonResponse({"name": name, "done": changes, "stamp": stamp, "html": html})


def log_change(request: HttpRequest, lesson: Lesson, text: str) -> None:
    """Write the lesson's history as the admin's own pages do."""
    admin.site.get_model_admin(Lesson).log_change(request, lesson, text)


def add_picture(request: HttpRequest, lesson: Lesson, folder: str) -> tuple[str, list[str], Lesson]:
    """Clean and save a picture; returns its name, what was done to it, and the lesson.

    Raises UnusablePicture.
    """
    upload = request.FILES.get("file")
    if upload is None:
        raise UnusablePicture("is missing")
    name, old = picture_name(upload.name or ""), request.POST.get("replace", "")
    content, changes = clean_picture(upload.read(READ_LIMIT), name)
    if old and PurePath(existing_picture(lesson, folder + old)).suffix != PurePath(name).suffix:
        raise UnusablePicture(
            f"is another kind of picture than {old}, which texts name: upload it beside that one"
        )
    if not old and lesson.files.filter(path=folder + name).exists():
        raise UnusablePicture(
            f"has the name of one that is there: replace {name}, or give yours another name"
        )
    saved = save_files(lesson=lesson, add={folder + (old or name): content})
    return old or name, changes, saved


def existing_picture(lesson: Lesson, path: str) -> str:
    """Return the path when a picture is there. Raises UnusablePicture."""
    if not path.endswith(PICTURE_SUFFIXES) or not lesson.files.filter(path=path).exists():
        raise UnusablePicture("is not there any more")
    return path
