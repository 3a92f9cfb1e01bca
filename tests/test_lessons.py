"""The lessons that come with Drydock, in real machines: every solution passes, every wrong answer fails its check."""

import uuid
from pathlib import Path

import pytest

from curriculum.files import read_courses
from curriculum.scripts import failing_check, script_faults
from grading.checks import evaluate_all
from grading.evidence import Target, collect
from sandboxes.engine import MachineSpec
from sandboxes.kinds import limits_for

LESSONS = Path(__file__).resolve().parents[1] / "lessons"
COURSES = read_courses(LESSONS)
EXERCISES = [(lesson, exercise) for course in COURSES for lesson in course.lessons for exercise in lesson.exercises]


def scripts(pattern):
    return [
        pytest.param(lesson, exercise, path, id=f"{exercise.spec.slug}/{path.stem}")
        for lesson, exercise in EXERCISES
        for path in sorted(exercise.folder.glob(pattern))
    ]


@pytest.fixture
def grade(engine, docker_client, installation):
    """A function that runs a script as the student would, in a fresh machine, and returns {check id: CheckResult}."""
    machine_ids = []

    def run(lesson, exercise, script):
        kind = next(machine.kind for machine in lesson.spec.machines if machine.name == exercise.spec.machine)
        image = engine.image(f"{installation}/{kind}:latest")
        machine_ids.append(str(uuid.uuid4()))
        handle = engine.create_machine(
            MachineSpec(
                machine_id=machine_ids[-1],
                kind=kind,
                image=image.id,
                hostname=exercise.spec.machine,
                limits=limits_for(kind),
                transport="exec",
                image_bytes=image.size_bytes,
            )
        )
        engine.start_machine(handle.container_id)
        engine.wait_for_shell(handle)
        docker_client.containers.get(handle.container_id).exec_run(["sh", "-c", script.read_text()])
        target = Target(container_id=handle.container_id, image=image.id)
        evidence = collect(checks=exercise.spec.checks, target=target, engine=engine)
        return {result.check: result for result in evaluate_all(exercise.spec.checks, evidence)}

    yield run
    for machine_id in machine_ids:
        engine.remove_machine(machine_id)


def test_there_are_exercises():
    assert len(EXERCISES) >= 3


def test_every_exercise_has_its_scripts():
    assert script_faults(COURSES) == []


@pytest.mark.parametrize("exercise", [pytest.param(one, id=one.spec.slug) for _, one in EXERCISES])
def test_every_check_has_a_wrong_answer(exercise):
    tried = {failing_check(path)[0] for path in (exercise.folder / "wrong").glob("*.sh")}
    assert tried == {check.id for check in exercise.spec.checks}


@pytest.mark.parametrize(("lesson", "exercise", "script"), scripts("solution.sh"))
def test_solution_passes(grade, lesson, exercise, script):
    results = grade(lesson, exercise, script)
    assert {name: result.found for name, result in results.items() if not result.passed} == {}


@pytest.mark.parametrize(("lesson", "exercise", "script"), scripts("wrong/*.sh"))
def test_wrong_answer_fails_its_check(grade, lesson, exercise, script):
    results = grade(lesson, exercise, script)
    assert not results[failing_check(script)[0]].passed


@pytest.mark.parametrize("exercise", [pytest.param(one, id=one.spec.slug) for _, one in EXERCISES])
def test_untouched_machine_earns_nothing(grade, exercise, tmp_path):
    lesson = next(lesson for lesson, one in EXERCISES if one is exercise)
    nothing = tmp_path / "nothing.sh"
    nothing.write_text("true\n")
    assert sum(result.earned for result in grade(lesson, exercise, nothing).values()) == 0
