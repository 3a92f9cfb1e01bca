from django.apps import AppConfig


class SandboxesConfig(AppConfig):
    name = "sandboxes"

    def ready(self) -> None:
        from sandboxes.maintenance import user_deletion  # noqa: F401  (connects it)
