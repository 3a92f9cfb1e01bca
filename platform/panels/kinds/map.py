"""Describe *Map*: a machine's Docker engine as a drawing that follows what happens."""

from django.utils.translation import gettext_noop as _

from panels.base import Panel, with_engine
from panels.topics.calls import CALLS
from panels.topics.containers import CONTAINERS
from panels.topics.images import IMAGES
from panels.topics.networks import NETWORKS
from panels.topics.volumes import VOLUMES

PANEL = Panel(
    "map",
    _("Map"),
    _("Your Docker engine, drawn: what a command really does lights up, call by call."),
    "map",
    position=10,
    fits=with_engine,
    topics=(CONTAINERS, IMAGES, NETWORKS, VOLUMES, CALLS),
    glossary_terms=("client", "daemon", "API", "image", "container", "registry", "volume"),
)
