"""What a picture is made of: a person, a page, and what is done there before it is taken."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.support.running_platform import RunningPlatform

PASSWORD = "a-red-hull-in-dock"
# People by role, one *-leaver for each look; their session cookies; addresses that only a mail or
# an id leads to.
MAKE_CAST = """
import json, time
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils import timezone
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt
from accounts.invitations import invite
from accounts.models import User
from curriculum.models import Lesson

Session = import_module(settings.SESSION_ENGINE).SessionStore

def cookie(user, recent=True):
    session = Session()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if recent:
        session["account_authentication_methods_user"] = str(user.pk)
        record = {{"method": "password", "at": time.time() + 3000, "reauthenticated": True}}
        session["account_authentication_methods"] = [record]
    session.save()
    return session.session_key

made = {{}}
for name, role in {people!r}.items():
    user = User.objects.filter(username=name).first()
    user = user or User.objects.create_user(
        name, password={password!r}, role=role, is_staff=role != "student"
    )
    made[name] = user
student = made["student"]
student.first_name, student.last_name, student.email = "Ada", "Okafor", "ada@example.org"
student.save()
EmailAddress.objects.update_or_create(
    user=student, primary=True, defaults={{"email": student.email, "verified": True}}
)
waiting, _ = EmailAddress.objects.update_or_create(
    user=made["newcomer"], primary=True,
    defaults={{"email": "newcomer@example.org", "verified": False}}
)
TOTP.activate(made["officer"], "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
RecoveryCodes.activate(made["officer"])
invitation, invited = invite(email="guest@example.org", role="student", by=made["instructor"])
tried = dict(username="locked-out", ip_address="127.0.0.1")
AccessAttempt.objects.update_or_create(
    **tried, defaults=dict(failures_since_start=99, get_data="", post_data="")
)
key = default_token_generator.make_token(made["newcomer"])
errors = {{
    name: get_template(f"{{name}}.html").render({{"request": RequestFactory().get("/")}})
    for name in ("403", "500")
}}
lesson = Lesson.objects.get(slug="your-first-container")
print(json.dumps({{
    "cookies": {{name: cookie(user) for name, user in made.items()}}
    | {{"stale": cookie(made["instructor"], False)}},
    "reset": f"/accounts/password/reset/{{user_pk_to_url_str(made['newcomer'])}}-{{key}}/",
    "invitation": f"/accounts/invitation/{{invited}}/",
    "confirm": f"/accounts/email/confirm/{{EmailConfirmationHMAC(waiting).key}}/",
    "course": lesson.course_id,
    "lesson": lesson.pk,
    "exercise": lesson.exercises.earliest("position").pk,
    "person": student.pk,
    "errors": errors,
}}))
"""
APPEARANCE_NAMES = ("desktop-light", "desktop-dark", "phone-light", "phone-dark")
PEOPLE = {
    "student": "student",
    "instructor": "instructor",
    "officer": "operator",
    "newcomer": "student",
    **{f"leaver-{appearance}": "student" for appearance in APPEARANCE_NAMES},
}


class Cast:
    """Know the people of a platform; `appearance` is what is being pictured."""

    def __init__(self, platform: RunningPlatform) -> None:
        self.platform = platform
        self.appearance = ""
        script = MAKE_CAST.format(people=PEOPLE, password=PASSWORD)
        self.known: dict[str, Any] = json.loads(
            platform.manage("shell", "--no-imports", "-c", script)
        )

    def cookie_of(self, name: str) -> Any:
        """A session's cookie in Playwright's shape."""
        return {
            "name": "drydock_session",
            "value": self.known["cookies"][name],
            "url": self.platform.base_url,
        }


def nothing_around(_platform: RunningPlatform) -> AbstractContextManager[None]:
    return nullcontext()


def no_act(_page: Page, _cast: Cast) -> None:
    """The page as it comes."""


@dataclass(frozen=True)
class Scene:
    """`who` is a name of the cast, `*` in it the look; empty for a stranger. `path` may be computed
    from the cast. `full`: the whole page, not the window alone. `still`: nothing is loaded any
    more when it is taken."""

    name: str
    who: str = ""
    path: str | Callable[[Cast], str] = "/"
    act: Callable[[Page, Cast], None] = no_act
    around: Callable[[RunningPlatform], AbstractContextManager[None]] = nothing_around
    full: bool = True
    still: bool = True

    def play(self, page: Page, cast: Cast) -> None:
        """Bring the page to where the picture is taken."""
        path = self.path if isinstance(self.path, str) else self.path(cast)
        if path:
            page.goto(path if "://" in path else cast.platform.base_url + path)
        self.act(page, cast)
