from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    name = "curriculum"

    def ready(self) -> None:
        from curriculum import demand, setups  # noqa: F401  (connects them)
