"""A number that a student has measured, held against the platform's own."""

import re

import pytest
from pydantic import ValidationError

from checks.evidence.collector import collect
from checks.evidence.schema import Evidence
from checks.evidence.tasks import Subject
from checks.measurement import ASK, MeasurementCheck
from checks.results import CheckResult, evaluate
from core.specs.outcomes import EvidenceMissing
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.machine_paths import BOOT_FILE
from sandboxes.machine_types.registry import machine_type
from tests.support.checks.evidence import evidence, file_seen, measurement_check
from tests.support.machines import machine_on

MIB = 1024 * 1024


def evaluated(written: bytes, reference: float | None = 50 * MIB, **fields: object) -> CheckResult:
    check = measurement_check(**fields)
    return evaluate(check, measured_evidence(file_seen(written), check, reference))


def measured_evidence(file: object, check: MeasurementCheck, reference: float | None) -> Evidence:
    return evidence(files={"/root/answer": file}, measured={check.key: reference})


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        (b"50\n", True),
        (b"54.9", True),
        (b"55.1", False),
        (b"45,1 MiB", True),
        (b"52428800 B", True),
        (b"52.4 MB", True),
        (b"50 MB\n", True),
        (b"50 GB\n", False),
        (b"-50\n", False),
    ],
)
def test_number_within_the_tolerance_passes(written: bytes, passed: bool) -> None:
    result = evaluated(written)
    assert (result.passed, result.earned) == (passed, 2 if passed else 0)


def test_unit_is_asked_for_where_the_task_does() -> None:
    bare = evaluated(b"50\n", needs_unit=True)
    assert (bare.passed, bare.found) == (False, "“50”, without a unit")
    assert bare.expected.startswith(
        "/root/answer holds the memory that this machine uses, with its unit, at most"
    )
    assert evaluated(b"50 MiB\n", needs_unit=True).passed
    assert evaluated(b"51200KiB", needs_unit=True).passed
    assert not evaluated(b"about 50 MiB", needs_unit=True).passed


def test_bound_in_the_unit_counts_where_it_is_the_wider() -> None:
    assert evaluated(b"52", within_percent=None, within=2).passed
    assert not evaluated(b"52.1", within_percent=None, within=2).passed
    assert evaluated(b"52.1", within=2).passed
    assert evaluated(b"3", 1 * MIB, within=2).passed
    assert evaluated(b"0", 0, within=2).passed


def test_value_is_told_only_to_who_has_it() -> None:
    failed, passed = evaluated(b"20", within=2), evaluated(b"51", within=2)
    sentence = (
        "/root/answer holds the memory that this machine uses, "
        "at most 10 % or 2\N{NO-BREAK SPACE}MiB off what"
    )
    assert failed.expected == f"{sentence} the platform measures"
    assert failed.found == "“20”, which is further off than that"
    assert passed.expected == f"{sentence} the platform measures: 50\N{NO-BREAK SPACE}MiB"
    assert passed.found == "“51”"


@pytest.mark.parametrize(
    ("file", "finding"),
    [
        (file_seen(b"about 50"), "“about 50”: that is not a number"),
        (file_seen(b"50 s"), "“50 s”: the unit may be one of B, kB"),
        (file_seen(b""), "nothing: that is not a number"),
        (file_seen(b"\xff"), "a file of 1 bytes that are not text"),
        (file_seen(None, kind="missing"), "no file of that name"),
    ],
)
def test_what_is_no_number_is_named(file: object, finding: str) -> None:
    check = measurement_check()
    result = evaluate(check, measured_evidence(file, check, 50 * MIB))
    assert not result.passed
    assert result.found.startswith(finding)


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"of": "process-memory", "process": "qemu"}, "there is no running process of that name"),
        ({"of": "boot-time", "unit": "s"}, "the guest has not come to its prompt"),
    ],
)
def test_nothing_to_measure_is_the_students_to_mend(fields: dict[str, str], finding: str) -> None:
    result = evaluated(b"50", None, **fields)
    assert not result.passed
    assert result.found.startswith("“50”, but ")
    assert finding in result.found


def test_what_was_not_gathered_is_not_graded() -> None:
    check = measurement_check()
    with pytest.raises(EvidenceMissing, match="was not collected"):
        evaluate(check, evidence(measured={"memory": 1.0}))
    with pytest.raises(EvidenceMissing, match="did not measure memory"):
        evaluate(check, evidence(files={"/root/answer": file_seen(b"1")}))
    with pytest.raises(EvidenceMissing, match="away"):
        evaluate(
            check,
            evidence(files={"/root/answer": file_seen(b"1")}, errors={"measured": "It is away."}),
        )


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"unit": "s"}, "unit", "may be one of B, kB"),
        ({"of": "processes", "unit": "MiB"}, "unit", "may be one of none"),
        ({"of": "process-memory"}, "process", "goes with"),
        ({"process": "bash"}, "process", "goes with"),
        ({"of": "processes", "unit": "", "needs_unit": True}, "needs_unit", "counts have none"),
        ({"within_percent": None}, "", "needs within_percent"),
        ({"path": "/tmp/answer"}, "", "no snapshot holds"),
        ({"within": -1}, "", "greater than 0"),
        ({"within": float("inf")}, "", "finite"),
    ],
)
def test_declarations_that_mean_nothing_are_refused(
    fields: dict[str, object], field: str, why: str
) -> None:
    with pytest.raises(ValidationError, match=why) as refused:
        measurement_check(**fields)
    if field:
        assert refused.value.errors()[0]["ctx"]["at"] == (field,)


# --- What the platform measures ---


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


def target_of(engine: FakeEngine, kind: str) -> Subject:
    typed = machine_type(kind)
    handle = machine_on(engine, kind=kind, limits=typed.limits, command=typed.command)
    engine.machines["m"].files["/root/answer"] = b"7\n"
    return Subject(handle.container_id, "sha256:linux-1", kind)


def test_engine_is_asked_once_for_all_that_it_counts(engine: FakeEngine) -> None:
    checks = [
        measurement_check(id="a"),
        measurement_check(id="b", of="processes", unit="", within=1),
        measurement_check(id="c", of="image-size"),
        measurement_check(id="d", of="start-time", unit="ms"),
        measurement_check(id="e", of="process-memory", process="ptyd"),
        measurement_check(id="f", of="process-memory", process="qemu"),
        measurement_check(id="g"),
    ]
    gathered = collect(checks=checks, subject=target_of(engine, "linux"), engine=engine)
    assert gathered["measured"] == {
        "memory": 4_000_000,
        "processes": 1,
        "image-size": 300,
        "start-time": 0.25,
        "process-memory ptyd": 1_000_000,
        "process-memory qemu": None,
    }
    assert gathered["files"]["/root/answer"]["content"] == {"text": "7\n"}
    assert [name for name, _ in engine.calls].count("usage") == 1
    assert gathered["errors"] == {}


def test_engine_that_is_away_is_the_platforms_fault(engine: FakeEngine) -> None:
    subject = target_of(engine, "linux")
    engine.available = False
    gathered = collect(checks=[measurement_check()], subject=subject, engine=engine)
    assert gathered["measured"] == {}
    assert "could not be reached" in gathered["errors"]["measured"]


def test_start_of_a_machine_that_was_parked_is_not_known(engine: FakeEngine) -> None:
    check = measurement_check(of="start-time", unit="s")
    subject = target_of(engine, "linux")
    engine.machines["m"].starts = 2
    gathered = collect(checks=[check], subject=subject, engine=engine)
    assert "Reset it" in gathered["errors"]["measured start-time"]
    with pytest.raises(EvidenceMissing, match="Reset it"):
        evaluate(check, gathered)


@pytest.mark.parametrize(
    ("noted", "seconds"),
    [(b"2345\n", 2.345), (None, None), (b"", None), (b"-1", None), (b"x" * 80, None)],
)
def test_boot_is_what_the_console_has_noted(
    engine: FakeEngine, noted: bytes | None, seconds: float | None
) -> None:
    subject = target_of(engine, "vm")
    if noted is not None:
        engine.machines["m"].files[BOOT_FILE] = noted
    gathered = collect(
        checks=[measurement_check(of="boot-time", unit="s")], subject=subject, engine=engine
    )
    assert gathered["measured"] == {"boot-time": seconds}


def test_number_of_a_guest_is_read_in_the_guest(engine: FakeEngine) -> None:
    check = measurement_check(of="boot-time", unit="s", path="/root/it's")
    subject = target_of(engine, "vm")
    engine.machines["m"].files |= {
        BOOT_FILE: b"7100\n",
        "/root/it's": b"900\n",
    }  # the latter beside the guest
    ask = ASK.format(path="'/root/it'\"'\"'s'")
    engine.guest = {ask: b"regular\n7\n"}
    gathered = collect(checks=[check], subject=subject, engine=engine)
    assert evaluate(check, gathered).passed
    engine.guest = {ask: b""}
    assert (
        evaluate(check, collect(checks=[check], subject=subject, engine=engine)).found
        == "no file of that name"
    )
    engine.guest = {}
    silent = collect(checks=[check], subject=subject, engine=engine)
    with pytest.raises(EvidenceMissing, match=re.escape(silent["errors"]["file /root/it's"])):
        evaluate(check, silent)


def test_boot_is_not_believed_where_the_student_could_write_it(engine: FakeEngine) -> None:
    subject = target_of(engine, "hypervisor")
    engine.machines["m"].files[BOOT_FILE] = b"1\n"
    gathered = collect(
        checks=[measurement_check(of="boot-time", unit="s")], subject=subject, engine=engine
    )
    assert gathered["measured"] == {}
    assert "no guest" in gathered["errors"]["measured boot-time"]
