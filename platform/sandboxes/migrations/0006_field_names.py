"""Rename fields in Django's state only: every column keeps its name and its values."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sandboxes", "0005_engine_history"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("host", "kvm_tried_with", "kvm_trial_image"),
                migrations.AlterField(
                    "host",
                    "kvm_trial_image",
                    models.CharField(
                        blank=True,
                        db_column="kvm_tried_with",
                        help_text="The image a guest was last booted from.",
                        max_length=300,
                    ),
                ),
                migrations.RenameField("host", "kvm_words", "kvm_message"),
                migrations.AlterField(
                    "host",
                    "kvm_message",
                    models.CharField(
                        blank=True,
                        db_column="kvm_words",
                        help_text="How that went.",
                        max_length=500,
                    ),
                ),
                migrations.AlterField(
                    "host",
                    "images",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='By machine type, what the engine has: {"linux": {"id", "size_bytes"}}.',
                    ),
                ),
                migrations.RenameField("sandbox", "machines_wanted", "requested_machines"),
                migrations.AlterField(
                    "sandbox",
                    "requested_machines",
                    models.JSONField(db_column="machines_wanted", default=list),
                ),
                migrations.RenameField("sandbox", "held_until", "leased_until"),
                migrations.AlterField(
                    "sandbox",
                    "leased_until",
                    models.DateTimeField(
                        blank=True,
                        db_column="held_until",
                        help_text="Until then one worker prepares its machines.",
                        null=True,
                    ),
                ),
                migrations.RenameField("machine", "prepared", "setup_results"),
                migrations.AlterField(
                    "machine",
                    "setup_results",
                    models.JSONField(
                        blank=True,
                        db_column="prepared",
                        default=dict,
                        help_text='By exercise, what came of its setup script here: {"who-is": "done"}.',
                    ),
                ),
                migrations.AlterField(
                    "machine",
                    "kind",
                    models.CharField(
                        help_text="The name of a machine type, or an instructor's own image.",
                        max_length=200,
                    ),
                ),
            ],
        ),
    ]
