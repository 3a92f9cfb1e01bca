"""Scenes of the admin: where lessons are written, and where work and accounts are looked at.
tests/browser/ test_author_admin.py holds every page of the admin to the same measures as
test_accessible.py the others."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser.scene import Cast, Scene

ADD_EXERCISE = "/admin/curriculum/exercise/add/?lesson={lesson}"


def of(model: str, key: str) -> Callable[[Cast], str]:
    """The address of a row's page."""
    return lambda cast: f"/admin/{model}/{cast.known[key]}/change/"


def show_part(label: str) -> Callable[[Page, Cast], None]:
    """The form where a field or a group of fields begins."""

    def act(page: Page, _cast: Cast) -> None:
        expect(page.locator("[data-preview] p").first).to_be_visible()
        heading = page.locator(".field__label").filter(has_text=label).first
        heading.evaluate("element => element.scrollIntoView()")

    return act


def with_faults(page: Page, _cast: Cast) -> None:
    """An exercise that is saved before it is whole."""
    page.get_by_label("Slug").fill("The first")
    page.locator("textarea[data-markdown]").fill("# Too big\n\nWrite `42` **down**.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-problems] li")).to_be_visible()


ADMIN_SCENES = (
    Scene("admin", "officer", "/admin/"),
    Scene("admin-courses", "officer", "/admin/curriculum/course/"),
    Scene("admin-course", "officer", of("curriculum/course", "course"), full=False),
    Scene("admin-lessons", "officer", "/admin/curriculum/lesson/"),
    Scene("admin-lesson", "officer", of("curriculum/lesson", "lesson"), full=False),
    Scene(
        "admin-lesson-text",
        "officer",
        of("curriculum/lesson", "lesson"),
        show_part("Body"),
        full=False,
    ),
    Scene("admin-exercise", "officer", of("curriculum/exercise", "exercise"), full=False),
    Scene(
        "admin-exercise-checks",
        "officer",
        of("curriculum/exercise", "exercise"),
        show_part("Checks"),
        full=False,
    ),
    Scene(
        "admin-exercise-faults",
        "officer",
        lambda cast: ADD_EXERCISE.format(**cast.known),
        with_faults,
        full=False,
    ),
    Scene("admin-submissions", "officer", "/admin/grading/submission/"),
    Scene("admin-users", "officer", "/admin/accounts/user/"),
    Scene("admin-audit", "officer", "/admin/core/auditentry/"),
)
