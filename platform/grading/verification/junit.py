"""Outcomes of lessons as JUnit XML, which continuous integration reads (the schema of Jenkins' xUnit plugin:
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd)."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

from grading.verification.machines import Outcome


def write_junit(outcomes: Iterable[Outcome], file: Path) -> None:
    """A test suite for each exercise and a test case for each script. Raises OSError."""
    suites: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda one: (one.case.suite, not one.case.is_solution, one.case.name)):
        suites.setdefault(outcome.case.suite, []).append(outcome)
    root = ET.Element("testsuites")
    for name, cases in suites.items():
        root.append(_suite(name, cases))
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _suite(name: str, outcomes: Sequence[Outcome]) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(outcomes)),
        failures=str(sum(1 for one in outcomes if one.faults and not one.error)),
        errors=str(sum(1 for one in outcomes if one.error)),
        time=f"{sum(one.seconds for one in outcomes):.3f}",
    )
    for outcome in outcomes:
        case = ET.SubElement(suite, "testcase", classname=name, name=outcome.case.name, time=f"{outcome.seconds:.3f}")
        _add_result(case, outcome)
    return suite


def _add_result(case: ET.Element, outcome: Outcome) -> None:
    if outcome.error:
        ET.SubElement(case, "error", message=_xml_text(outcome.error))
    elif outcome.faults:
        text = _xml_text("\n".join(outcome.faults))
        ET.SubElement(case, "failure", message=text.splitlines()[0]).text = text


def _xml_text(text: str) -> str:
    """Without the control characters that XML 1.0 refuses."""
    return "".join(c if c in "\t\n\r" or c >= " " else "\ufffd" for c in text)
