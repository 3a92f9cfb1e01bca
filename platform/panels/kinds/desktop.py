"""Describe *Desktop*: a machine's Docker engine as lists that can be clicked."""

from django.utils.translation import gettext_noop as _

from panels.actions.containers import CONTAINER_ACTIONS
from panels.actions.logs import LOGS
from panels.actions.objects import OBJECT_ACTIONS
from panels.base import Panel, with_engine
from panels.topics.containers import CONTAINERS
from panels.topics.images import IMAGES
from panels.topics.networks import NETWORKS
from panels.topics.statistics import STATISTICS
from panels.topics.volumes import VOLUMES

PANEL = Panel(
    "desktop",
    _("Desktop"),
    _("What your Docker engine has: containers, images, volumes and networks."),
    "grid",
    position=20,
    fits=with_engine,
    topics=(CONTAINERS, STATISTICS, IMAGES, VOLUMES, NETWORKS),
    actions=(*CONTAINER_ACTIONS, LOGS, *OBJECT_ACTIONS),
    glossary_terms=("container", "image", "volume", "network"),
)
