"""Keep lessons' texts as plain text, in which the search looks."""

from django.db import migrations, models

from curriculum.rendering.plain_text import plain_text, task_text


def fill(apps, schema_editor):
    for lesson in apps.get_model("curriculum", "Lesson").objects.prefetch_related("exercises"):
        tasks = {row.slug: row for row in lesson.exercises.all()}
        parts = [lesson.title, lesson.summary]
        for block in lesson.blocks:
            if block["type"] == "html":
                parts.append(plain_text(block["html"]))
            elif task := tasks.get(block["slug"]):
                parts += [task.title, task_text(task.body_html)]
        lesson.search_text = "\n".join(parts).casefold()
        lesson.save(update_fields=["search_text"])


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0007_glossary")]
    operations = [
        migrations.AddField(
            "lesson", "search_text", models.TextField(blank=True, default="", editable=False)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
