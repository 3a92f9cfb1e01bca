"""The lessons that come with Drydock, in real machines: every solution passes, every wrong answer
fails its check, and every block of a text prints what it states.

What `manage.py verify_lessons` does, as a test for each case. The cases of all chosen tests run at
once, as many as the machine has processors, before the first of them reports.
"""

import os

import pytest

from curriculum.loader.reader import read_courses
from grading.verification.cases import find_cases
from grading.verification.machines import verify
from grading.verification.rig import VerificationRig
from grading.verification.texts import find_texts
from operate.checks.lessons import DockerShell
from operate.checks.typist import terminals_of
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import is_known, machine_type
from tests.support.paths import ROOT

LESSONS = ROOT / "lessons"
COURSES = read_courses(LESSONS)
CASES = find_cases(COURSES, seeds=2)
TEXTS = find_texts(COURSES)


@pytest.fixture(scope="module")
def outcomes(engine, docker_url, installation, need_image, request):
    """{(suite, name): Outcome} of the cases whose tests were chosen."""
    chosen = [
        item.callspec.params["case"]
        for item in request.session.items
        if "outcomes" in item.fixturenames
    ]
    shell = DockerShell(docker_url)
    kinds = set().union(*(case.kinds for case in chosen))
    for kind in filter(is_known, kinds):
        need_image(machine_type(kind).image)
    images = {kind: engine.image(image_tag(kind, installation)) for kind in kinds}
    rig = VerificationRig(engine, images, shell, terminals_of(docker_url))
    done = verify(chosen, rig, jobs=os.cpu_count() or 2)
    yield {(outcome.case.suite, outcome.case.name): outcome for outcome in done}
    shell.close()


# The first of them waits for all.
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.exercise.spec.slug}/{case.name}") for case in CASES]
)
def test_the_exercise_is_as_its_scripts_say(outcomes, case):
    outcome = outcomes[case.suite, case.name]
    assert (outcome.faults, outcome.error) == ((), "")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", [pytest.param(text, id=text.suite) for text in TEXTS])
def test_the_text_is_true_of_the_machine(outcomes, case):
    outcome = outcomes[case.suite, case.name]
    assert (outcome.faults, outcome.error) == ((), "")
