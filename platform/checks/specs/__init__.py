"""What an exercise's checks look like: one frozen model a kind, told apart by `kind`, one module a family.

A check says where to look and what must be found there; how evidence is gathered and judged is grading's business.
To add a kind: write its model in a family's module, add it to `CheckSpec`, and give grading a collector and a judge.
"""

from typing import Annotated

from pydantic import Field

from checks.specs.base import LINES, BaseCheck, Slug, TextCheck, Words
from checks.specs.docker import (
    ComposeCheck,
    ContainerCheck,
    DockerCheck,
    HistoryCheck,
    ImageCheck,
    NetworkCheck,
    RegistryCheck,
    VolumeCheck,
    size_bytes,
)
from checks.specs.files import FactName, FileCheck
from checks.specs.guests import GuestCheck, VmCheck
from checks.specs.measured import MeasurementCheck
from checks.specs.ports import PortCheck
from checks.specs.processes import CommandCheck, ProcessCheck
from checks.specs.scripted import ScriptCheck

__all__ = [
    "LINES",
    "BaseCheck",
    "CheckSpec",
    "CommandCheck",
    "ComposeCheck",
    "ContainerCheck",
    "DockerCheck",
    "FactName",
    "FileCheck",
    "GuestCheck",
    "HistoryCheck",
    "ImageCheck",
    "MeasurementCheck",
    "NetworkCheck",
    "PortCheck",
    "ProcessCheck",
    "RegistryCheck",
    "ScriptCheck",
    "Slug",
    "TextCheck",
    "VmCheck",
    "VolumeCheck",
    "Words",
    "size_bytes",
]

CheckSpec = Annotated[
    FileCheck
    | CommandCheck
    | ProcessCheck
    | PortCheck
    | ScriptCheck
    | MeasurementCheck
    | ContainerCheck
    | ImageCheck
    | NetworkCheck
    | VolumeCheck
    | ComposeCheck
    | HistoryCheck
    | RegistryCheck
    | VmCheck
    | GuestCheck,
    Field(discriminator="kind"),
]
