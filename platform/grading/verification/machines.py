"""Verify lessons in real machines: solutions pass, wrong answers fail.

A case is a machine and what is done in it. The solution's case takes one machine for everything
that has to come in this order: untouched it earns nothing, the solution earns all points, so it
does when run once more, and a new shell works afterwards. Each wrong answer gets a fresh machine.
Cases share nothing, so they run side by side; and nobody waits for a machine to be removed, which
takes a busy engine a third of the time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from core.specs.outcomes import EvidenceMissing
from curriculum.loader.script_faults import failing_check
from grading.verification.cases import Case, Outcome
from grading.verification.rig import Attempt, VerificationRig
from grading.verification.texts import TextCase, verify_text
from sandboxes.errors import EngineError

# Works while a new shell can write to its home.
HOME_PROBE = "touch /root/.drydock-verify && rm /root/.drydock-verify"


def verify(
    cases: Iterable[Case | TextCase], rig: VerificationRig, *, jobs: int = 1
) -> Iterator[Outcome]:
    """Verify cases, `jobs` at a time, and yield each outcome as it comes.

    Nothing is left on the engine.
    """
    with ThreadPoolExecutor(jobs) as removing, ThreadPoolExecutor(jobs) as pool:

        def release(machine_id: str) -> None:
            removing.submit(rig.remove, machine_id)

        futures = [
            pool.submit(verify_text, case, rig, release)
            if isinstance(case, TextCase)
            else pool.submit(verify_case, case, rig, release)
            for case in cases
        ]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def verify_case(case: Case, rig: VerificationRig, release: Callable[[str], object]) -> Outcome:
    """Verify one case; `release` gets the id of its machine.

    What goes wrong with engine or checker is the outcome's `error`.
    """
    began = time.monotonic()
    faults: list[str] = []
    error = ""
    try:
        with rig.machine(case, release) as attempt:
            faults += solution_faults(attempt) if case.is_solution else wrong_answer_faults(attempt)
    except (EngineError, EvidenceMissing, OSError) as failure:
        detail = getattr(failure, "detail", "")
        error = "\n".join(filter(None, (f"{type(failure).__name__}: {failure}", detail)))
    return Outcome(case, time.monotonic() - began, tuple(faults), error)


def solution_faults(attempt: Attempt) -> list[str]:
    """Find what is wrong with a solution."""
    script = attempt.case.text
    faults = [
        f"untouched, {result.check} is passed already"
        for result in attempt.grade()
        if result.passed
    ]
    for run in ("the solution", "the solution run twice"):
        if code := attempt.run(script):
            faults.append(f"{run} ends with exit code {code}")
        faults += [
            f"{run} fails {result.check}: {result.found}"
            for result in attempt.grade()
            if not result.passed
        ]
    if attempt.run(HOME_PROBE):
        faults.append(
            "after the solution the machine can't go on: a new shell can't write to its home"
        )
    return faults


def wrong_answer_faults(attempt: Attempt) -> list[str]:
    """Find what is wrong with a wrong answer: it must fail the check that it names."""
    named, _ = failing_check(attempt.case.script)
    attempt.run(attempt.case.text)
    results = attempt.grade(only=named) if named else []
    result = next((result for result in results if result.check == named), None)
    if result is None:
        return [f"names no check of the exercise: {named or 'no line `# fails: <check id>`'}"]
    if result.waits_for:
        return [f"does not come as far as {named}: it fails {', '.join(result.waits_for)} first"]
    return [f"passes {named}"] if result.passed else []
