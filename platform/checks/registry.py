"""Find the kinds of checks: every module of this package and of checks.docker may register one."""

from typing import Annotated

from checks.base import BaseCheck
from core.specs.kinds import KindRegistry

CHECK_KINDS: KindRegistry[BaseCheck] = KindRegistry("checks", "checks.docker")
# A check of any kind, as an exercise holds it.
CheckSpec = Annotated[BaseCheck, CHECK_KINDS]
