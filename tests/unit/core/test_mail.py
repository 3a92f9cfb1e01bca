"""Mail without a mail server: a file, never the log; in production a warning."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from tests.support.paths import PLATFORM

SETTINGS = "from django.conf import settings as s"
SHOW = f"import django; django.setup(); {SETTINGS}; print(s.EMAIL_BACKEND, s.EMAIL_FILE_PATH)"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = (
        "core.mail.MailFolder",
        str(tmp_path / "mail"),
    )
    return tmp_path / "mail"


def test_a_mail_is_a_file_that_only_its_owner_reads(folder, caplog):
    caplog.set_level(logging.DEBUG)
    mail.send_mail("Reset", "https://drydock.example/secret-link", None, ["ada@example.org"])
    (file,) = folder.iterdir()
    assert "secret-link" in file.read_text()
    assert folder.stat().st_mode & 0o077 == 0
    assert str(folder) in caplog.text
    assert "secret-link" not in caplog.text
    assert "ada@" not in caplog.text


def chosen(tmp_path, **environment: str):
    """Backend and folder that the settings choose."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PLATFORM),
        "DRYDOCK_VAR": str(tmp_path),
    } | environment
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.check_output([sys.executable, "-c", SHOW], env=environment, text=True).split()


def test_files_are_the_default(tmp_path):
    assert chosen(tmp_path) == ["core.mail.MailFolder", f"{tmp_path}/mail"]


def test_the_console_if_somebody_wants_it(tmp_path):
    assert (
        chosen(tmp_path, EMAIL_URL="consolemail://")[0]
        == "django.core.mail.backends.console.EmailBackend"
    )


def test_a_server(tmp_path):
    assert (
        chosen(tmp_path, EMAIL_URL="smtp+tls://u:p@h:587")[0]
        == "django.core.mail.backends.smtp.EmailBackend"
    )


def complaints():
    return [message.id for message in run_checks(tags=["drydock"])]


@pytest.mark.parametrize(
    "backend", ["core.mail.MailFolder", "django.core.mail.backends.console.EmailBackend"]
)
def test_production_complains_about_mail_that_stays_here(settings, backend):
    settings.EMAIL_BACKEND = backend
    assert complaints() == []
    settings.PRODUCTION = True
    assert complaints() == ["drydock.W001"]


def test_production_with_a_server_is_well(settings):
    settings.PRODUCTION, settings.EMAIL_BACKEND = (
        True,
        "django.core.mail.backends.smtp.EmailBackend",
    )
    assert complaints() == []


def test_production_complains_about_debug(settings):
    settings.PRODUCTION, settings.EMAIL_BACKEND = (
        True,
        "django.core.mail.backends.smtp.EmailBackend",
    )
    settings.DEBUG = True
    assert complaints() == ["drydock.W002"]
