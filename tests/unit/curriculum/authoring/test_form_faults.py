"""Show every fault of a form on its page, and keep what the author meant."""

import pytest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from curriculum.admin.editor import change_url
from curriculum.admin.form_parts import parts_of
from curriculum.admin.form_values import read_form
from curriculum.admin.forms import SpecForm
from curriculum.schema.specs import ExerciseSpec
from tests.support.curriculum.admin_forms import shown_values, typed
from tests.support.curriculum.whole_specs import CHECKS, QUESTIONS, whole_exercise

PART = parts_of(ExerciseSpec)


def add_url(lesson):
    """Return the address of the page that adds an exercise to a lesson."""
    return reverse("admin:curriculum_exercise_add") + f"?lesson={lesson.pk}"


@pytest.mark.django_db
def test_a_check_that_asks_nothing_is_told_so_in_its_row(author, loaded):
    posted = typed(author.get(add_url(loaded))) | {
        "slug": "new",
        "title": "New",
        "checks-0-id": "right",
        "checks-0-path": "/root/answer",
        "checks-0-message": "It should be there.",
        "checks-0-read": "Above.",
    }
    response = author.post(add_url(loaded), posted)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Checks 1: needs one of type, mode, owner, equals" in page
    assert 'href="#id_checks-0"' in page
    assert 'id="id_checks-0"' in page


@pytest.mark.django_db
def test_a_form_that_is_not_filled_names_every_field_that_lacks_something(author, loaded):
    response = author.post(add_url(loaded), typed(author.get(add_url(loaded))))
    titles = [field.title for field in response.context["faulty_fields"]]
    assert titles[:3] == ["Slug", "Title", "Checks 1 › Id"]
    assert response.context["head_errors"] == []
    page = response.content.decode()
    assert all(f'<a href="#{field.id}">' in page for field in response.context["faulty_fields"])


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["course", "lesson", "exercise"])
def test_a_name_that_is_taken_is_told_at_its_field(author, loaded, model):
    url, slug = {
        "course": (reverse("admin:curriculum_course_add"), "boxes"),
        "lesson": (
            reverse("admin:curriculum_lesson_add") + f"?course={loaded.course_id}",
            "first",
        ),
        "exercise": (add_url(loaded), "kernel"),
    }[model]
    posted = typed(author.get(url)) | {"slug": slug, "title": "Again", "draft": "on"}
    if model == "exercise":
        row = loaded.exercises.get(slug="kernel")
        posted = typed(author.get(change_url(row))) | {"slug": slug, "stamp": posted["stamp"]}
    response = author.post(url, posted)
    assert response.status_code == 422
    assert response.context["form"].errors == {"slug": [f"{slug} is there already"]}
    assert response.context["head_errors"] == []


@pytest.mark.parametrize("kind", [*CHECKS, *QUESTIONS])
def test_a_form_says_back_what_it_was_given(kind):
    """What nobody touches stays: no list becomes an empty one, no unset answer becomes “no”."""
    place = "check" if kind in CHECKS else "question"
    spec = ExerciseSpec.model_validate(whole_exercise(**{place: kind}))
    shown = SpecForm(ExerciseSpec, PART, spec.model_dump(mode="json"))
    again = SpecForm(ExerciseSpec, PART, read_form(PART, posted_of(shown)))
    assert again.validate({}) == spec, again.errors


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("vm", "running", False),
        ("network", "internal", False),
        ("image", "cmd", []),
        ("image", "entrypoint", None),
        ("container", "state", "absent"),
    ],
)
def test_no_nothing_and_unsaid_stay_apart(kind, field, value):
    whole = whole_exercise(kind)
    base = {"kind": kind, "id": "right", "message": "M", "read": "R", "name": "web"}
    whole["checks"][0] = {key: base[key] for key in base if kind != "vm" or key != "name"}
    whole["checks"][0] |= {field: value}
    spec = ExerciseSpec.model_validate(whole)
    shown = SpecForm(ExerciseSpec, PART, spec.model_dump(mode="json"))
    again = SpecForm(ExerciseSpec, PART, read_form(PART, posted_of(shown)))
    assert again.validate({}) == spec, again.errors


def posted_of(form):
    """Return what a browser sends of a form."""
    return MultiValueDict({name: [text] for name, text in shown_values(form.fields()).items()})


@pytest.mark.parametrize(
    ("typed_in", "stored"),
    [
        ("2027-01-31T23:59", "2027-01-31T23:59:00+01:00"),
        ("2027-07-31T23:59:30", "2027-07-31T23:59:30+02:00"),
        ("2027-01-31T23:59:00+05:00", "2027-01-31T23:59:00+05:00"),
    ],
)
def test_a_deadline_is_picked_in_the_platforms_zone(settings, typed_in, stored):
    settings.TIME_ZONE = "Europe/Berlin"
    form = SpecForm(ExerciseSpec, PART, whole_exercise())
    posted = posted_of(form)
    posted["due"] = typed_in
    assert read_form(PART, posted)["due"] == stored


def test_a_deadline_is_shown_as_a_browser_takes_it(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    form = SpecForm(ExerciseSpec, PART, whole_exercise() | {"due": "2027-01-31T22:59:00Z"})
    (due,) = (field for field in form.fields() if field.key == "due")
    assert (due.local_time, due.zone) == ("2027-01-31T23:59", "Europe/Berlin")


def test_a_deadline_that_is_none_keeps_its_text():
    form = SpecForm(ExerciseSpec, PART, whole_exercise() | {"due": "next Monday"})
    assert form.validate({}) is None
    (due,) = form.faulty_fields()
    assert (due.key, due.value, due.local_time) == ("due", "next Monday", "")


@pytest.mark.django_db
def test_an_exercise_of_fifty_checks_is_read_whole(author, loaded):
    row = loaded.exercises.get(slug="kernel")
    posted = typed(author.get(change_url(row)))
    checks = {key: value for key, value in posted.items() if key.startswith("checks-0-")}
    for number in range(2, 51):
        for key, value in checks.items():
            posted[key.replace("checks-0-", f"checks-{number}-")] = value
        posted[f"checks-{number}-id"] = f"more-{number}"
    response = author.post(change_url(row), posted)
    assert response.context["form"].errors == {"checks": ["has more than 50"]}
    assert len(response.context["form"].data["checks"]) == 51


def test_a_fault_without_a_field_of_its_own_is_shown_at_what_is_around_it():
    form = SpecForm(ExerciseSpec, PART, whole_exercise())
    form.add_error("checks[0].argv[2]", "is too much")
    form.add_error("nowhere.at.all", "is lost")
    assert [(field.title, field.errors) for field in form.faulty_fields()] == [
        ("Checks 1", ["Argv › 3: is too much"])
    ]
    assert form.head_errors() == ["nowhere.at.all: is lost"]
