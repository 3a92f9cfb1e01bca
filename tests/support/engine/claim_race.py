"""Run by test_claim_race.py in processes of their own, on the database in DATABASE_URL: `setup`,
then `claim` with `[first, how many]`, then `count`, which prints how it came out."""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# In place of this folder, whose redis.py would stand before the library.
sys.path[:1] = [str(ROOT / "platform"), str(ROOT)]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
POOLED = 6


def setup() -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from accounts.models import User
    from sandboxes.models import Host, Machine

    call_command("migrate", verbosity=0, run_syncdb=True)
    images = {"linux": {"id": "sha256:1", "size_bytes": 1}}
    host = Host.objects.create(name="local", docker_url="fake://race", images=images)
    for _ in range(POOLED):
        Machine.objects.create(
            host=host, kind="linux", image="sha256:1", state="warm", changed_at=timezone.now()
        )
    for number in range(40):
        User.objects.create_user(f"u{number}")


def claim(first: int, count: int) -> None:
    from accounts.models import User
    from core import task_queue
    from sandboxes import lifecycle

    task_queue.hand_to_broker = lambda *_args, **_options: None  # no broker here
    while not Path(os.environ["DRYDOCK_VAR"], "go").exists():
        time.sleep(0.001)
    for number in range(first, first + count):
        lifecycle.request_sandbox(
            user=User.objects.get(username=f"u{number}"),
            lesson_key="a/b",
            machines=[{"name": "box", "kind": "linux"}],
        )


def count() -> None:
    from sandboxes.models import Machine, Sandbox

    states = list(Sandbox.objects.values_list("state", flat=True))
    owners = Machine.objects.filter(state="claimed").values("sandbox").distinct().count()
    sys.stdout.write(
        json.dumps({"states": {state: states.count(state) for state in states}, "owners": owners})
    )


def main() -> None:
    import django

    django.setup()
    import core.events

    core.events.publish = lambda **_: None  # no Redis here
    arguments = sys.argv[1:]
    if arguments[0] == "claim":
        claim(*json.loads(arguments[1]))
    else:
        {"setup": setup, "count": count}[arguments[0]]()


if __name__ == "__main__":
    main()
