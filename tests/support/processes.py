"""Wait for processes that a supervisor starts."""

from operate.stack.supervisor import Supervisor
from tests.support.waiting import PATIENCE_SECONDS, wait_for


def wait_new_pid(supervisor: Supervisor, name: str, old: int) -> int:
    """Wait until a program runs as another process than `old`; return its id."""

    def new_pid() -> int | None:
        pid = supervisor.pid(name) if supervisor.running(name) else 0
        return pid if pid not in (0, old) else None

    return wait_for(new_pid, f"a new process of {name}", PATIENCE_SECONDS)
