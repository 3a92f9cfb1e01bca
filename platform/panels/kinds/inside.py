"""Describe *Inside / outside*: one machine, seen from its host and from within."""

from django.utils.translation import gettext_noop as _

from panels.base import Panel
from panels.topics.guest_processes import GUEST_PROCESSES
from panels.topics.process_tree import PROCESS_TREE

PANEL = Panel(
    "inside",
    _("Inside / outside"),
    _("The same processes seen from the host and from inside your machine, and the walls between."),
    "inside",
    position=50,
    topics=(PROCESS_TREE, GUEST_PROCESSES),
    glossary_terms=("process", "namespace", "cgroup", "capability", "kernel", "isolation"),
)
