"""Sessions that have run out do not pile up."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import forget_sessions
from config.celery import app
from tests.support.accounts import browser_of


def test_only_old_ones_go(ada):
    old, now = browser_of(ada).session.session_key, browser_of(ada).session.session_key
    Session.objects.filter(pk=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    forget_sessions()
    assert Session.objects.get().pk == now


def test_beat_asks_for_tasks_that_there_are():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks) == set()
