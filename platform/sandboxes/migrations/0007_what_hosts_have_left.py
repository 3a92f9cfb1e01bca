"""Know what hosts have left; let a new sandbox begin while the last one ends."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sandboxes', '0006_field_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='sandbox',
            name='one_live_sandbox_per_user_and_lesson',
        ),
        migrations.AddField(
            model_name='host',
            name='refusals',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='In a row.'),
        ),
        migrations.AddField(
            model_name='host',
            name='resources',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='What its machines share and how much was left of it when a worker last looked.'),
        ),
        migrations.AddField(
            model_name='host',
            name='rests_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='sandbox',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['requested', 'starting', 'ready', 'parked'])), fields=('user', 'lesson_key'), name='one_live_sandbox_per_user_and_lesson'),
        ),
    ]
