"""Scenes of all pages but the lesson's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

from tests.support.browser.scene import PASSWORD, Cast, Scene
from tests.support.browser.workspace import COURSE
from tests.support.running_platform import RunningPlatform


def fill(values: dict[str, str], button: str) -> Callable[[Page, Cast], None]:
    """Fill a form and send it; `*` in a value is the look."""

    def act(page: Page, cast: Cast) -> None:
        for label, value in values.items():
            page.get_by_label(label, exact=True).fill(value.replace("*", cast.appearance))
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()

    return act


def sign_in_as_officer(page: Page, cast: Cast) -> None:
    """As far as the question for the code."""
    page.get_by_label("User name").fill("officer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").wait_for()


def show(name: str) -> Callable[[Page, Cast], None]:
    """Show a page that no address leads to, as the answer to another address."""

    def act(page: Page, cast: Cast) -> None:
        def answer(route: Route) -> None:
            route.fulfill(
                status=int(name), body=cast.known["errors"][name], content_type="text/html"
            )

        page.route("**/broken/", answer)
        page.goto(f"{cast.platform.base_url}/broken/")

    return act


def with_a_stale_form(page: Page, cast: Cast) -> None:
    """Sent when its token is gone: signed out in another tab, for instance."""
    page.context.clear_cookies(name="drydock_csrf")
    fill({"User name": "ada", "Password": PASSWORD}, "Sign in")(page, cast)


def wrong_host(cast: Cast) -> str:
    """A name that the platform doesn't answer to; browsers resolve it to this machine."""
    return cast.platform.base_url.replace("127.0.0.1", "elsewhere.localhost")


@contextmanager
def no_courses(platform: RunningPlatform) -> Iterator[None]:
    change = "from curriculum.models import Lesson, Course; Course.objects.update(archived={})"
    platform.manage("shell", "--no-imports", "-c", change.format(True))
    yield
    platform.manage("shell", "--no-imports", "-c", change.format(False))


@contextmanager
def closed(platform: RunningPlatform) -> Iterator[None]:
    platform.manage("maintenance", "on")
    yield
    platform.manage("maintenance", "off")


def open_appearance(page: Page, _cast: Cast) -> None:
    page.get_by_role("button", name="Appearance").click()


OUTSIDE = (
    Scene("landing"),
    Scene("appearance", act=open_appearance, full=False),
    Scene("sign-in", path="/accounts/sign-in/"),
    Scene(
        "sign-in-refused",
        path="/accounts/sign-in/",
        act=fill({"User name": "nobody-*", "Password": "wrong"}, "Sign in"),
    ),
    Scene(
        "sign-in-locked",
        path="/accounts/sign-in/",
        act=fill({"User name": "locked-out", "Password": "x"}, "Sign in"),
    ),
    Scene("sign-up", path="/accounts/sign-up/"),
    Scene("sign-up-invited", path=lambda cast: cast.known["invitation"]),
    Scene("invitation-stale", path="/accounts/invitation/nonsense/"),
    Scene(
        "sign-up-refused",
        path="/accounts/sign-up/",
        act=fill(
            {"User name": "student", "E-mail address": "ada", "Password": "1234"},
            "Make the account",
        ),
    ),
    Scene(
        "email-sent",
        path="/accounts/sign-up/",
        act=fill(
            {"User name": "new-*", "E-mail address": "new-*@example.org", "Password": PASSWORD},
            "Make the account",
        ),
    ),
    Scene("email-confirm", path=lambda cast: cast.known["confirm"]),
    Scene("email-confirm-stale", path="/accounts/email/confirm/nonsense/"),
    Scene("password-reset", path="/accounts/password/reset/"),
    Scene(
        "password-reset-sent",
        path="/accounts/password/reset/",
        act=fill({"E-mail address": "nobody-*@example.org"}, "Send the link"),
    ),
    Scene("password-reset-key", path=lambda cast: cast.known["reset"]),
    Scene("password-reset-stale", path="/accounts/password/reset/1-set-nonsense/"),
    Scene("password-reset-done", path="/accounts/password/reset/done/"),
    Scene("second-factor-code", path="/accounts/sign-in/", act=sign_in_as_officer),
    Scene("account-inactive", path="/accounts/inactive/"),
)
INSIDE = (
    Scene("catalogue", "student"),
    Scene("catalogue-new", "newcomer"),
    Scene("catalogue-empty", "student", around=no_courses),
    Scene("course", "student", COURSE),
    Scene("course-new", "newcomer", COURSE),
    Scene("profile", "student", "/accounts/profile/"),
    Scene("email", "student", "/accounts/email/"),
    Scene("email-waiting", "newcomer", "/accounts/email/"),
    Scene("password", "student", "/accounts/password/"),
    Scene("tokens-none", "newcomer", "/accounts/tokens/"),
    Scene(
        "tokens",
        "student",
        "/accounts/tokens/",
        fill({"What is it for?": "laptop, *"}, "Make a token"),
    ),
    Scene("second-factor", "instructor", "/accounts/second-factor/"),
    Scene("second-factor-on", "instructor", "/accounts/second-factor/on/"),
    Scene("second-factor-again", "stale", "/accounts/second-factor/on/"),
    Scene("second-factor-has", "officer", "/accounts/second-factor/"),
    Scene("second-factor-off", "officer", "/accounts/second-factor/off/"),
    Scene("recovery-codes", "officer", "/accounts/second-factor/codes/"),
    Scene(
        "invitations",
        "instructor",
        "/accounts/invitations/",
        fill({"E-mail address": "guest-*@example.org"}, "Invite"),
    ),
    Scene("delete", "student", "/accounts/delete/"),
    Scene(
        "deleted",
        "leaver-*",
        "/accounts/delete/",
        fill({"Password": PASSWORD}, "Delete everything"),
    ),
    Scene("api-docs", "student", "/api/docs"),
)
ERRORS = (
    Scene("error-400", path=wrong_host),
    Scene("error-403", "student", "", show("403")),
    Scene("error-403-form", path="/accounts/sign-in/", act=with_a_stale_form),
    Scene("error-404", "student", "/nothing-here/"),
    Scene("error-500", "student", "", show("500")),
    Scene("maintenance", around=closed),
)
PAGE_SCENES = (*OUTSIDE, *INSIDE, *ERRORS)
