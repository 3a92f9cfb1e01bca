"""Rewrite what version 0.1 put into the admin's history and Django can't read."""

from django.db import migrations

READABLE = {
    '[{"changed": {}}]': "Changed.",
    '[{"deleted": {}}]': "Taken out of its lesson.",
}


def rewrite(apps, schema_editor):
    entries = apps.get_model("admin", "LogEntry").objects.filter(
        content_type__app_label="curriculum"
    )
    for unreadable, text in READABLE.items():
        entries.filter(change_message=unreadable).update(change_message=text)


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0004_exercise_setup"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop)]
