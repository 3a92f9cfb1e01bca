"""Evidence becomes a compressed document that names what each command was; results get versions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import grading.fields

BATCH = 100


def compress(apps, schema_editor):
    """Copy each document, with the words of its commands where the exercise has not changed since.
    """
    Submission = apps.get_model("grading", "Submission")
    rows = Submission.objects.select_related("exercise").only(
        "pk", "evidence_json", "exercise_version", "exercise__version", "exercise__definition"
    )
    batch = []
    for row in rows.iterator(chunk_size=BATCH):
        row.evidence = with_words(row)
        batch.append(row)
        if len(batch) >= BATCH:
            Submission.objects.bulk_update(batch, ["evidence"])
            batch = []
    Submission.objects.bulk_update(batch, ["evidence"])


def with_words(row):
    evidence = row.evidence_json
    commands = evidence.get("commands") or {}
    if not commands or row.exercise_version != row.exercise.version:
        return evidence
    words = {check["id"]: check.get("argv") for check in row.exercise.definition.get("checks", ())}
    known = {name: {"argv": words[name], **fact} if words.get(name) else fact for name, fact in commands.items()}
    return {**evidence, "commands": known}


def expand(apps, schema_editor):
    """The way back."""
    Submission = apps.get_model("grading", "Submission")
    for row in Submission.objects.only("pk", "evidence").iterator(chunk_size=BATCH):
        Submission.objects.filter(pk=row.pk).update(evidence_json=row.evidence)


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0001_initial"),
        ("grading", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("submission", "evidence", "evidence_json"),
        migrations.AddField("submission", "evidence", grading.fields.DocumentField(default=dict)),
        migrations.RunPython(compress, expand),
        migrations.RemoveField("submission", "evidence_json"),
        migrations.AddField(
            "submission",
            "override_reason",
            models.TextField(blank=True, default="", help_text="Why an instructor has set the score. Students read it."),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ResultVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("graded", "Graded"),
                            ("regraded", "Regraded"),
                            ("override", "set by hand"),
                            ("undone", "no longer set by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("score", models.PositiveIntegerField()),
                ("points", models.PositiveIntegerField()),
                ("passed", models.BooleanField()),
                ("results", models.JSONField(default=list)),
                ("exercise_version", models.CharField(max_length=64)),
                ("reason", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="grading.submission"
                    ),
                ),
            ],
            options={
                "ordering": ["submission", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "number"), name="version_number_unique")
                ],
            },
        ),
    ]
