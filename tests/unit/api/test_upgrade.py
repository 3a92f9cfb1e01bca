"""An installation of version 0.1 upgrades without losing an answered call."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from api.models import AnsweredCall
from tests.support.factories import UserFactory

OF_VERSION_0_1 = [("api", None), ("learn", "0001_answered_calls")]


@pytest.mark.django_db(transaction=True)
def test_answered_calls_are_there_after_the_model_has_changed_apps() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(OF_VERSION_0_1)
    old_apps = executor.loader.project_state(OF_VERSION_0_1[1:]).apps
    user = UserFactory(username="ada")
    old_apps.get_model("learn", "AnsweredCall").objects.create(
        user_id=user.pk, key="k", digest="d", status=201, body={"id": 1}
    )
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
        call = AnsweredCall.objects.get(user=user)
        assert (call.key, call.status, call.body) == ("k", 201, {"id": 1})
    finally:
        MigrationExecutor(connection).migrate(newest)
