"""Running scripts again over stored evidence, because they were corrected: in a grader container, on any engine."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.conf import settings

from checks.evidence.schema import Evidence, load_evidence
from checks.evidence.script_runner import IMAGE, Job, is_current, run_jobs
from checks.specs import ScriptCheck
from curriculum.schema.specs import Graded
from grading.models import Submission
from sandboxes.errors import SandboxError
from sandboxes.hosts import default_host, engine_for
from sandboxes.machine_types.images import tag_of

# Runs jobs, and notes in their documents what came of them or why nothing did.
Rerun = Callable[[Sequence[Job]], None]


def rerun_on_default_host(jobs: Sequence[Job]) -> None:
    """On the engine of the default host. Without one the documents say so, and what hangs on it takes a new attempt."""
    try:
        run_jobs(jobs, engine_for(default_host()), image=tag_of(settings.INSTALLATION, IMAGE))
    except SandboxError as error:
        for job in jobs:
            job.evidence["errors"]["scripts"] = f"There is no engine that could run its script again: {error}"


def rerun_scripts(
    submissions: Iterable[Submission], checks_of: Callable[[Submission], Iterable[Graded]], rerun: Rerun | None
) -> dict[UUID, Evidence]:
    """The evidence, with new outcomes, of those submissions whose scripts are not what they were. Writes nothing."""
    if rerun is None:
        return {}
    fresh: dict[UUID, Evidence] = {}
    jobs: list[Job] = []
    for submission in submissions:
        evidence = load_evidence(submission.evidence)
        stale = [check for check in checks_of(submission) if _is_stale(check, evidence)]
        if stale:
            fresh[submission.pk] = evidence
            jobs += [Job(check, evidence) for check in stale if isinstance(check, ScriptCheck)]
    if jobs:
        rerun(jobs)
    return fresh


def _is_stale(check: Graded, evidence: Evidence) -> bool:
    """Whether a script has to be run again and has what it reads."""
    if not isinstance(check, ScriptCheck) or is_current(check, evidence):
        return False
    return all(path in evidence["files"] for path in check.files)
