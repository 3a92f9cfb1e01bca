from django.apps import AppConfig


class SandboxesConfig(AppConfig):
    name = "sandboxes"

    def ready(self) -> None:
        from sandboxes.machine_types.registry import refuse_unknown_kvm_types
        from sandboxes.maintenance import user_deletion  # noqa: F401  (connects it)

        refuse_unknown_kvm_types()
