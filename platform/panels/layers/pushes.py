"""Say what a student's pushes sent, and what the registry had already.

Only the gate before the registry knows: it hears every request of a push. What it does not
remember (it keeps the last pushes, in memory) is not guessed here.
"""

from typing import Any

from django.conf import settings

from panels.errors import PanelUnavailable
from panels.machine import ObservedMachine
from panels.untrusted import items, number, text, whole
from sandboxes.errors import EngineError
from sandboxes.models import Machine
from sandboxes.registry.hosts import registry_of
from sandboxes.registry.names import registry_name

PUSHES_MAX = 20
LAYERS_MAX = 128
NAME_CHARS = 300
WAYS = ("sent", "had", "mounted")


def read_pushes(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"registry": bool, "pushes": [{"name", "image", "at", "layers": […]}]}.

    `image` is the image's id in the engine that pushed it, and layers stand from the bottom to the
    top, each with its packed bytes and how it came. The newest push comes first. Raises
    PanelUnavailable.
    """
    rows = Machine.objects.select_related("host", "sandbox__user").filter(pk=machine.machine_id)
    row = rows.first()
    if row is None or row.sandbox is None:
        raise PanelUnavailable("The machine is not running.")
    owner = registry_name(row.sandbox.user)
    try:
        answer = registry_of(row.host).ask(f"/pushes?owner={owner}")
    except EngineError as error:
        if not settings.REGISTRY:
            return {"registry": False, "pushes": []}
        raise PanelUnavailable("The registry does not answer. It is asked again.") from error
    pushes = items(answer.get("pushes"), PUSHES_MAX)
    return {"registry": True, "pushes": [describe_push(push) for push in pushes]}


def describe_push(push: dict[str, Any]) -> dict[str, Any]:
    """Return what the panel shows of a push; names are the student's, and text."""
    return {
        "name": text(f"{push.get('repository')}:{push.get('reference')}", NAME_CHARS),
        "image": text(push.get("config"), NAME_CHARS),
        "at": number(push.get("at")),
        "layers": [
            {
                "how": layer["how"] if layer.get("how") in WAYS else "had",
                "bytes": whole(layer.get("bytes")),
                "source": text(layer.get("source"), NAME_CHARS),
            }
            for layer in items(push.get("layers"), LAYERS_MAX)
        ],
    }
