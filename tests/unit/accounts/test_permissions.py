"""Which pages are there for whom, and what a role may do in the admin."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from accounts.models import User
from accounts.sign_in.backends import RoleBackend
from accounts.tokens import create_token
from tests.support.accounts import browser_of
from tests.support.factories import UserFactory

EVERYBODYS = [
    "sign-in",
    "sign-up",
    "password/reset",
    "password/reset/sent",
    "password/reset/done",
    "email/sent",
    "inactive",
]
OWN = ["profile", "email", "password", "tokens", "delete"]
TEACHERS = ["invitations", "second-factor"]


@pytest.mark.django_db
def test_an_outsider():
    for page in EVERYBODYS:
        assert Client().get(f"/accounts/{page}/").status_code == 200, page
    for page in OWN + TEACHERS:
        assertRedirects(
            Client().get(f"/accounts/{page}/"), f"/accounts/sign-in/?next=/accounts/{page}/"
        )


def test_a_student(ada):
    client = browser_of(ada)
    assert {page: client.get(f"/accounts/{page}/").status_code for page in OWN} == dict.fromkeys(
        OWN, 200
    )
    assert {
        page: client.get(f"/accounts/{page}/").status_code for page in TEACHERS
    } == dict.fromkeys(TEACHERS, 404)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("role", ["instructor", "operator"])
def test_who_teaches(db, role):
    client = browser_of(UserFactory(username="them", role=role, is_staff=True))
    pages = OWN + TEACHERS
    assert {page: client.get(f"/accounts/{page}/").status_code for page in pages} == dict.fromkeys(
        pages, 200
    )
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("student", [], ["curriculum.view_lesson", "accounts.view_user"]),
        (
            "instructor",
            [
                "curriculum.change_lesson",
                "curriculum.delete_course",
                "grading.view_submission",
                "sandboxes.view_sandbox",
            ],
            [
                "grading.change_score",
                "accounts.view_user",
                "accounts.view_apitoken",
                "sandboxes.view_host",
                "sandboxes.delete_machine",
            ],
        ),
        ("operator", ["accounts.change_user", "sandboxes.change_host", "grading.change_score"], []),
    ],
)
def test_roles_in_the_admin(db, role, may, may_not):
    user = UserFactory(username="them", role=role, is_staff=True)
    assert [name for name in may + may_not if user.has_perm(name)] == may
    user.is_active = False
    assert not user.has_perms(may[:1] or may_not)


def test_nobody_has_permissions():
    assert not RoleBackend().has_perm(AnonymousUser(), "curriculum.view_lesson")


def test_who_is_made_by_createsuperuser_operates(db):
    boss = User.objects.create_superuser("boss")
    assert (boss.role, boss.teaches, boss.operates) == ("operator", True, True)


def test_tokens_in_the_admin_show_no_hash(otto, ada):
    token, _raw = create_token(ada, "script")
    client = browser_of(otto)
    page = client.get(f"/admin/accounts/apitoken/{token.pk}/change/")
    assertContains(page, token.prefix)
    assert token.digest not in page.content.decode()
    assert client.get("/admin/accounts/apitoken/add/").status_code == 403


def test_profile_changes_the_name_and_nothing_else(ada):
    client = browser_of(ada)
    client.post(
        "/accounts/profile/",
        {"first_name": "Ada", "last_name": "L", "role": "operator", "username": "root"},
    )
    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.role, ada.username) == ("Ada", "L", "student", "ada")
    assertContains(
        client.post("/accounts/profile/", {"first_name": "x" * 151}), 'aria-invalid="true"'
    )
