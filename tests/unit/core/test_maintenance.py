"""`manage.py maintenance on` closes every page but health, without a database."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path


def say(*arguments: str, **options: str):
    output = io.StringIO()
    call_command("maintenance", *arguments, stdout=output, **options)
    return output.getvalue().strip()


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/admin/", "/nowhere/"])
def test_pages_answer_503(path):
    say("on", message="A new hull <b>until</b> noon.")
    answer = Client().get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "300"
    assert answer["Cache-Control"] == "no-store"
    assert "A new hull &lt;b&gt;until&lt;/b&gt; noon." in answer.content.decode()


def test_the_api_answers_in_its_own_shape():
    say("on")
    answer = Client().get("/api/courses")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "maintenance"


def test_health_stays_open():
    say("on")
    assert Client().get("/healthz").status_code == 200


def test_off_opens_again():
    say("on")
    assert say("off") == "maintenance is off"
    assert say("off") == "maintenance is off"
    assert Client().get("/accounts/sign-in/").status_code == 200


def test_the_command_says_which_it_is():
    assert say() == "maintenance is off"
    assert say("on", message="Noon.") == "maintenance is on: Noon."
    assert say() == "maintenance is on: Noon."
