"""What all collectors share: where they look, and what they hand back to be done."""

from collections.abc import Callable
from dataclasses import dataclass

from grading.document import Evidence


@dataclass(frozen=True)
class Target:
    """The machine to look at. `image` is its image's id, `checker` what checker_version() says."""

    container_id: str
    image: str
    checker: str = ""


@dataclass(frozen=True)
class Piece:
    """Something to be gathered. `name` is what it is called under the document's `errors`; `gather` puts it into the
    document and raises EngineError or ProbeTooLarge. `order`: pieces of a lower one come first, those of the same
    side by side; what may pause the machine comes last, so that what is alive is seen alive."""

    name: str
    gather: Callable[[Evidence], None]
    order: int = 0


# Orders of pieces.
ALIVE, ON_DISK, PAUSING = 0, 1, 2
