from django.db import migrations

from accounts.sign_in.second_factors import re_encrypt_all


def seal(apps, schema_editor):
    """Second factors were kept as they are until now."""
    re_encrypt_all(apps.get_model("mfa", "Authenticator"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_tokens_and_invitations"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
