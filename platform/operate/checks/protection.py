"""Say what the host check asks about, and how it stands."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Protection:
    """Report one protection.

    `without` says what is switched off, or what the risk is, when it does not hold.
    """

    name: str
    holds: bool
    detail: str
    without: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return its fields as `hostcheck --json` names them."""
        fields = {"name": self.name, "holds": self.holds, "found": self.detail}
        return {**fields, "without": self.without}
