"""Describe *Browser*: what a port of the machine serves, as a browser shows it."""

from django.utils.translation import gettext_noop as _

from panels.base import Panel
from panels.topics.containers import CONTAINERS
from sandboxes.machine_types.base import MachineType


def has_ports(machine_type: MachineType) -> bool:
    """Whether programs run in the machine itself; the ports of a guest are not forwarded."""
    return not machine_type.opens_in_guest


PANEL = Panel(
    "browser",
    _("Browser"),
    _("What a web server in your machine says, opened in your own browser."),
    "window",
    position=30,
    fits=has_ports,
    topics=(CONTAINERS,),
    glossary_terms=("published port", "port"),
)
