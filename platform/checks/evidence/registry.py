"""The collector of what is in the class's registry: its own storage is asked, whatever the student's machine says of
it."""

from collections.abc import Sequence
from functools import partial

from checks.evidence.base import ON_DISK, Piece, Target
from checks.evidence.docker_schema import RegistryEvidence
from checks.evidence.schema import Evidence
from checks.specs import CheckSpec, RegistryCheck
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError


def registry_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """A piece for each name and tag."""
    asked = {(check.repository, check.tag) for check in checks if isinstance(check, RegistryCheck)}
    return [
        Piece(f"registry {name}:{tag}", partial(_add, name=name, tag=tag, target=target), ON_DISK)
        for name, tag in sorted(asked)
    ]


def _add(evidence: Evidence, *, name: str, tag: str, target: Target) -> None:
    if target.registry is None:
        raise EngineError("this platform has no registry")
    found = target.registry.ask(f"/image?name={target.owner}/{name}&tag={tag}")
    evidence["registry"][f"{name}:{tag}"] = RegistryEvidence(
        name=f"{target.owner}/{name}",
        digest=str(found["digest"]),
        image_id=str(found["config"]),
        tags=[str(one) for one in found["tags"]],
    )
