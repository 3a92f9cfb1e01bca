"""Run scripts again over stored evidence, because they were corrected.

They run in a grader container, on any engine.
"""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.conf import settings

from checks.evidence.schema import Evidence, load_evidence
from checks.evidence.script_runner import IMAGE, Job, run_jobs
from grading.assignments import Assignment
from grading.models import Submission
from sandboxes.errors import SandboxError
from sandboxes.hosts import default_host, engine_for
from sandboxes.machine_types.images import tag_of

# Runs jobs, and notes in their evidence what they printed or why they failed.
Rerun = Callable[[Sequence[Job]], None]


def rerun_on_default_host(jobs: Sequence[Job]) -> None:
    """Run jobs on the engine of the default host.

    Without an engine their evidence says so, and what hangs on it takes a new attempt.
    """
    try:
        run_jobs(jobs, engine_for(default_host()), image=tag_of(settings.INSTALLATION, IMAGE))
    except SandboxError as error:
        for job in jobs:
            message = f"There is no engine that could run its script again: {error}"
            job.evidence["errors"]["scripts"] = message


def rerun_scripts(
    submissions: Iterable[Submission],
    read: Callable[[Submission], Assignment],
    rerun: Rerun | None,
) -> dict[UUID, Evidence]:
    """Return the evidence, with new outcomes, of submissions whose scripts have changed.

    `read` returns what a submission was graded with. Nothing is stored.
    """
    if rerun is None:
        return {}
    fresh: dict[UUID, Evidence] = {}
    jobs: list[Job] = []
    for submission in submissions:
        evidence = load_evidence(submission.evidence)
        planned = [check.plan_rerun(evidence) for check in read(submission).spec.checks]
        stale = [job for job in planned if job is not None]
        if stale:
            fresh[submission.pk] = evidence
            jobs += stale
    if jobs:
        rerun(jobs)
    return fresh
