"""Collectors of what authors' scripts make of everything else that was gathered."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings

from curriculum.checkspec import CheckSpec, ScriptCheck
from grading.document import Evidence
from grading.evidence.base import SCRIPTED, Piece, Target
from grading.scripts import IMAGE, Job, run_jobs
from sandboxes.engine import SandboxEngine
from sandboxes.kinds import tag_of

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
