"""Collectors of what authors' scripts make of everything else that was gathered."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings

from checks.evidence.base import SCRIPTED, Piece, Target
from checks.evidence.schema import Evidence
from checks.evidence.script_runner import IMAGE, Job, run_jobs
from checks.specs import CheckSpec, ScriptCheck
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.images import tag_of

INCOMPLETE = "It was not run, because something that it might read could not be gathered: {why}"


def script_pieces(checks: Sequence[CheckSpec], _target: Target, engine: SandboxEngine) -> list[Piece]:
    """All scripts, in one container, when everything else is there."""
    scripts = [check for check in checks if isinstance(check, ScriptCheck)]
    if not scripts:
        return []
    return [Piece("scripts", partial(_add_scripts, scripts=scripts, engine=engine), SCRIPTED)]


def _add_scripts(evidence: Evidence, *, scripts: Sequence[ScriptCheck], engine: SandboxEngine) -> None:
    if evidence["errors"]:
        evidence["errors"]["scripts"] = INCOMPLETE.format(why=next(iter(evidence["errors"].values())))
        return
    run_jobs([Job(check, evidence) for check in scripts], engine, image=tag_of(settings.INSTALLATION, IMAGE))
