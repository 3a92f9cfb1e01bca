"""Remove images, volumes and networks from a machine's own Docker engine.

Nothing is forced: what is in use, the engine keeps, and says why.
"""

from typing import Any
from urllib.parse import quote

from panels.actions.arguments import HEX_ID, IMAGE_ID, IMAGE_NAME, OBJECT_NAME, read_argument
from panels.base import Action, Arguments
from panels.machine import ObservedMachine
from panels.untrusted import items, record

REMOVE_SECONDS = 12.0


def remove_image(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
    """Take a name from an image, or remove one that has none.

    Returns {"untagged", "deleted"}: how many names have gone, and how many layers. Layers go with
    the last name.
    """
    reference = read_argument(arguments, "reference", IMAGE_ID, IMAGE_NAME)
    answer = machine.ask_docker(
        f"/images/{quote(reference, safe='/:')}", method="DELETE", seconds=REMOVE_SECONDS
    )
    rows = [record(row) for row in items(answer)]
    return {
        "untagged": sum("Untagged" in row for row in rows),
        "deleted": sum("Deleted" in row for row in rows),
    }


def remove_volume(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
    """Remove a volume with the files in it."""
    name = read_argument(arguments, "name", OBJECT_NAME)
    machine.ask_docker(f"/volumes/{name}", method="DELETE", seconds=REMOVE_SECONDS)
    return {}


def remove_network(machine: ObservedMachine, arguments: Arguments) -> dict[str, Any]:
    """Remove a network that no container is in."""
    network = read_argument(arguments, "id", HEX_ID)
    machine.ask_docker(f"/networks/{network}", method="DELETE", seconds=REMOVE_SECONDS)
    return {}


OBJECT_ACTIONS = (
    Action("remove-image", remove_image, changes=True),
    Action("remove-volume", remove_volume, changes=True),
    Action("remove-network", remove_network, changes=True),
)
