from django.db import migrations


class Migration(migrations.Migration):
    """Hand AnsweredCall over to the app `api`; its table stays as it is."""

    dependencies = [("learn", "0001_answered_calls")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("AnsweredCall")]),
    ]
