import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Take AnsweredCall over from the app `learn`; its table stays as it is."""

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learn", "0002_answered_calls_move_to_api"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AnsweredCall",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("key", models.CharField(max_length=200)),
                        ("digest", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField(default=0)),
                        ("body", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="answered_calls", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "db_table": "learn_answeredcall",
                        "indexes": [models.Index(fields=["user", "created_at"], name="learn_answe_user_id_b24066_idx")],
                        "constraints": [models.UniqueConstraint(fields=("user", "key"), name="one_answer_per_user_and_key")],
                    },
                ),
            ],
        ),
    ]
