"""The lessons that come with Drydock, in real machines: every solution passes, every wrong answer
fails its check.

What `manage.py verify_lessons` does, as a test for each case. The cases of all chosen tests run at
once, as many as the machine has processors, before the first of them reports.
"""

import os

import pytest

from curriculum.loader.reader import read_courses
from grading.verification.cases import find_cases
from grading.verification.machines import verify
from grading.verification.rig import VerificationRig
from operate.checks.lessons import DockerShell
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import is_known, machine_type
from tests.support.paths import ROOT

LESSONS = ROOT / "lessons"
COURSES = read_courses(LESSONS)
CASES = find_cases(COURSES, seeds=2)


@pytest.fixture(scope="module")
def outcomes(engine, docker_url, installation, need_image, request):
    """{(script, seed): Outcome} of the cases whose tests were chosen."""
    chosen = [
        item.callspec.params["case"]
        for item in request.session.items
        if "outcomes" in item.fixturenames
    ]
    shell = DockerShell(docker_url)
    for kind in filter(is_known, {case.kind for case in chosen}):
        need_image(machine_type(kind).image)
    images = {
        kind: engine.image(image_tag(kind, installation)) for kind in {case.kind for case in chosen}
    }
    done = verify(chosen, VerificationRig(engine, images, shell), jobs=os.cpu_count() or 2)
    yield {(outcome.case.script, outcome.case.seed): outcome for outcome in done}
    shell.close()


# The first of them waits for all.
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.exercise.spec.slug}/{case.name}") for case in CASES]
)
def test_the_exercise_is_as_its_scripts_say(outcomes, case):
    outcome = outcomes[case.script, case.seed]
    assert (outcome.faults, outcome.error) == ((), "")
