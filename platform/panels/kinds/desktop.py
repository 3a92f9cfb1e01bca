"""Describe *Desktop*: a machine's Docker engine as lists that can be clicked."""

from panels.base import Panel, with_engine
from panels.topics.containers import CONTAINERS

PANEL = Panel(
    "desktop",
    "Desktop",
    "What your Docker engine has: containers, images, volumes and networks.",
    "grid",
    position=20,
    fits=with_engine,
    topics=(CONTAINERS,),
    glossary_terms=("container", "image", "volume", "network"),
)
