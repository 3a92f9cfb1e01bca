"""Describe *Layers*: what an image is made of, and what builds and pushes did not do again."""

from typing import Any

from django.utils.translation import gettext_noop as _

from panels.base import Action, Arguments, Panel, Topic, with_engine
from panels.errors import PanelRefused
from panels.layers.files import read_files
from panels.layers.history import ImageDetail
from panels.layers.images import ImageReader, describe_steps
from panels.layers.pushes import read_pushes
from panels.machine import ObservedMachine

PATH_CHARS = 2_000
reader = ImageReader()


def requested_detail(machine: ObservedMachine, arguments: Arguments) -> ImageDetail:
    """Return what the image is made of that a page asks for. Raises PanelError, EngineError."""
    image_id = arguments.get("image")
    if not isinstance(image_id, str) or not 0 < len(image_id) <= 80:
        raise PanelRefused("This is no image.")
    return reader.read_detail(machine, image_id)


def show_steps(machine: ObservedMachine, arguments: Arguments) -> Any:
    """Return the steps that made an image."""
    return describe_steps(requested_detail(machine, arguments))


def show_files(machine: ObservedMachine, arguments: Arguments) -> Any:
    """Return what a layer does to files, below a path where one is given."""
    detail = requested_detail(machine, arguments)
    layer, path = arguments.get("layer"), arguments.get("path", "")
    if not isinstance(layer, int) or not 0 <= layer < len(detail.layers):
        raise PanelRefused("This image has no such layer.")
    if not isinstance(path, str) or len(path) > PATH_CHARS:
        raise PanelRefused("This is no folder.")
    return read_files(machine, detail, layer, path)


PANEL = Panel(
    "layers",
    _("Layers"),
    _("What an image is made of: its layers, who made them, and what was not done twice."),
    "layers",
    position=30,
    fits=with_engine,
    topics=(
        Topic("image-layers", reader.read_images, seconds=5.0, follows_events=True),
        # A push ends with an event; what another machine of the student's pushed comes later.
        Topic("pushes", read_pushes, seconds=30.0, follows_events=True, pause_seconds=1.0),
    ),
    actions=(
        Action("image-steps", show_steps),
        # An image that has to be saved first takes its time.
        Action("layer-files", show_files, seconds=25.0),
    ),
    glossary_terms=("image", "layer", "Dockerfile", "registry"),
)
