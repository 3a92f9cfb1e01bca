"""The content security policy of each kind of page."""

import re

import pytest
from django.test import Client

from tests.support.factories import UserFactory
from tests.support.learners import client_of


def policy_of(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


def scripts(answer):
    """Attributes and text of every script element."""
    return re.findall(r"<script\b([^>]*)>(.*?)</script>", answer.content.decode(), re.DOTALL)


def test_pages_run_no_inline_script_but_the_import_map():
    answer = Client().get("/accounts/sign-in/")
    nonce = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])[1]
    inline = [attributes for attributes, text in scripts(answer) if text.strip()]
    assert inline == [f' type="importmap" nonce="{nonce}"']


def test_nothing_unsafe_on_a_plain_page():
    policy = policy_of(Client().get("/accounts/sign-in/"))
    assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == {"'none'"}
    assert policy["connect-src"] == {"'self'"}
    assert "unsafe" not in str(policy)


def test_each_answer_has_another_nonce():
    assert (
        len({Client().get("/accounts/sign-in/")["Content-Security-Policy"] for _ in range(3)}) == 3
    )


@pytest.mark.django_db
def test_a_terminal_may_set_style_attributes_only(student, lesson):
    answer = client_of(student).get(f"/courses/{lesson.course.slug}/{lesson.slug}/")
    policy = policy_of(answer)
    assert policy.pop("style-src-attr") == {"'unsafe-inline'"}
    assert "unsafe" not in str(policy)


@pytest.mark.django_db
def test_only_a_lesson_shows_the_pages_of_ports_in_frames(student, lesson):
    address = f"/courses/{lesson.course.slug}/{lesson.slug}/"
    answer = client_of(student).get(address, headers={"host": "localhost:8000"})
    assert policy_of(answer)["frame-src"] == {"http://*.ports.localhost:8000"}
    assert "frame-src" not in policy_of(Client().get("/accounts/sign-in/"))


@pytest.mark.django_db
def test_the_admin_runs_no_inline_script(db):
    boss = UserFactory(username="boss")
    boss.is_staff = boss.is_superuser = True
    boss.save()
    policy = policy_of(client_of(boss).get("/admin/"))
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["default-src"] == {"'none'"}
