"""What an exercise's checks look like: one frozen model a kind, told apart by `kind`, one module a family.

A check says where to look and what must be found there; how evidence is gathered and judged is grading's business.
To add a kind: write its model in a family's module, add it to `CheckSpec`, and give grading a collector and a judge.
"""

from typing import Annotated

from pydantic import Field

from curriculum.checkspec.base import LINES, BaseCheck, Slug, TextCheck, Words
from curriculum.checkspec.files import FactName, FileCheck
from curriculum.checkspec.measured import MeasurementCheck
from curriculum.checkspec.processes import CommandCheck, ProcessCheck

__all__ = [
    "LINES",
    "BaseCheck",
    "CheckSpec",
    "CommandCheck",
    "FactName",
    "FileCheck",
    "MeasurementCheck",
    "ProcessCheck",
    "Slug",
    "TextCheck",
    "Words",
]

CheckSpec = Annotated[FileCheck | CommandCheck | ProcessCheck | MeasurementCheck, Field(discriminator="kind")]
