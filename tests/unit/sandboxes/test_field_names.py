"""What the last version wrote is read under the fields' new names: no column was touched."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.models import User
from sandboxes.models import Host, Machine, Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def before() -> Any:
    """The models as the last version had them, on the tables as they are now."""
    loader = MigrationLoader(connection)
    node = ("sandboxes", "0005_engine_history")
    return loader.project_state([node, *loader.graph.leaf_nodes("accounts")]).apps


def test_rows_of_the_last_version_are_read(before: Any) -> None:
    user = User.objects.create_user("ada")
    now = timezone.now()
    host = before.get_model("sandboxes", "Host").objects.create(
        name="local", docker_url="fake://x", kvm_tried_with="sha256:vm", kvm_words="it boots"
    )
    sandbox = before.get_model("sandboxes", "Sandbox").objects.create(
        user_id=user.pk,
        lesson_key="course/lesson",
        machines_wanted=[{"name": "box", "kind": "linux"}],
        held_until=now,
        changed_at=now,
        active_at=now,
        expires_at=now,
    )
    before.get_model("sandboxes", "Machine").objects.create(
        host=host,
        sandbox=sandbox,
        name="box",
        kind="linux",
        prepared={"task": "failed"},
        changed_at=now,
    )
    assert Host.objects.values_list("kvm_trial_image", "kvm_message").get() == (
        "sha256:vm",
        "it boots",
    )
    row = Sandbox.objects.get()
    assert (row.machine_types, row.leased_until) == ({"linux"}, now)
    assert Machine.objects.get().setup_failed == ["task"]
