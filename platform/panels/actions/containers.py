"""Start, stop and remove containers of a machine's own Docker engine."""

from collections.abc import Callable
from typing import Any

from panels.actions.arguments import HEX_ID, read_argument
from panels.base import Action, Arguments
from panels.machine import ObservedMachine
from sandboxes.errors import AnswerLate

# The engine gives a container ten seconds to end by itself. Nobody waits for that here: a thread
# that waits serves nobody else, and the list shows when it has happened.
WAIT_SECONDS = 3.0
REMOVE_SECONDS = 12.0


def ask_container(verb: str) -> Callable[[ObservedMachine, Arguments], dict[str, Any]]:
    """Make what asks an engine to do something with a container.

    It returns {"pending"}: whether that goes on. The engine goes on when we hang up (moby,
    daemon/stop.go).
    """

    def run(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
        path = f"/containers/{read_argument(arguments, 'id', HEX_ID)}/{verb}"
        try:
            machine.ask_docker(path, method="POST", seconds=WAIT_SECONDS)
        except AnswerLate:
            return {"pending": True}
        return {"pending": False}

    return run


def remove_container(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
    """Remove a container, also one that runs, and its nameless volumes if `volumes` says so."""
    container = read_argument(arguments, "id", HEX_ID)
    volumes = 1 if arguments.get("volumes") is True else 0
    path = f"/containers/{container}?force=1&v={volumes}"
    machine.ask_docker(path, method="DELETE", seconds=REMOVE_SECONDS)
    return {}


# Not `pause`: it takes control groups, which the engine of a `docker` machine has not.
VERBS = ("start", "stop", "restart", "unpause")
CONTAINER_ACTIONS = (
    *(Action(f"{verb}-container", ask_container(verb), changes=True) for verb in VERBS),
    Action("remove-container", remove_container, changes=True),
)
