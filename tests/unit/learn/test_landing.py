"""What somebody sees who is not signed in."""

from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from tests.support.learners import client_of


def test_says_what_it_is_and_where_to_go(db):
    page = Client().get("/")
    assertTemplateUsed(page, "learn/landing.html")
    assertContains(page, "from the inside")
    assertContains(page, 'href="/accounts/sign-in/"')


def test_needs_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/")


def test_offers_an_account_to_who_may_make_one(db, settings):
    settings.SIGN_UP = "open"
    assertContains(Client().get("/"), "Create an account")
    for closed in ("invitation", "closed"):
        settings.SIGN_UP = closed
        assertNotContains(Client().get("/"), "Create an account")


def test_whoever_is_signed_in_sees_courses(student):
    page = client_of(student).get("/")
    assertTemplateUsed(page, "learn/catalogue.html")
    assert "Cookie" in page["Vary"]
