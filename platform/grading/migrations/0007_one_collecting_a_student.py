"""Let one submission of a student be graded at a time."""

from typing import Any

from django.conf import settings
from django.db import migrations, models


def queue_again(apps: Any, _schema_editor: Any) -> None:
    """Put back what workers were looking at when the platform was stopped for the upgrade."""
    submissions = apps.get_model("grading", "Submission").objects
    submissions.filter(state="collecting", sandbox__isnull=False).update(state="queued")


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0004_exercise_setup"),
        ("grading", "0006_trials"),
        ("sandboxes", "0006_field_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(queue_again, migrations.RunPython.noop),
        migrations.AddConstraint(
            "submission",
            models.UniqueConstraint(
                condition=models.Q(("sandbox__isnull", False), ("state", "collecting")),
                fields=("user",),
                name="one_submission_collecting_per_student",
            ),
        ),
    ]
