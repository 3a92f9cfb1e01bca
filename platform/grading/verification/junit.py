"""Write outcomes of lessons as JUnit XML, which continuous integration reads.

The schema is that of Jenkins' xUnit plugin:
https://github.com/jenkinsci/xunit-plugin (in model/xsd/junit-10.xsd).
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

from grading.verification.cases import Outcome


def write_junit(outcomes: Iterable[Outcome], file: Path) -> None:
    """Write a test suite for each exercise and a test case for each script.

    Raises OSError.
    """
    suites: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=report_order):
        suites.setdefault(outcome.case.suite, []).append(outcome)
    root = ET.Element("testsuites")
    for name, cases in suites.items():
        root.append(suite_element(name, cases))
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def report_order(outcome: Outcome) -> tuple[str, bool, str]:
    """Sort outcomes by exercise, its solution first."""
    return outcome.case.suite, not outcome.case.is_solution, outcome.case.name


def suite_element(name: str, outcomes: Sequence[Outcome]) -> ET.Element:
    """Make the element of an exercise."""
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(outcomes)),
        failures=str(sum(1 for outcome in outcomes if outcome.faults and not outcome.error)),
        errors=str(sum(1 for outcome in outcomes if outcome.error)),
        time=f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    )
    for outcome in outcomes:
        seconds = f"{outcome.seconds:.3f}"
        case = ET.SubElement(
            suite, "testcase", classname=name, name=outcome.case.name, time=seconds
        )
        if outcome.error:
            ET.SubElement(case, "error", message=xml_text(outcome.error))
        elif outcome.faults:
            text = xml_text("\n".join(outcome.faults))
            ET.SubElement(case, "failure", message=text.splitlines()[0]).text = text
    return suite


def xml_text(text: str) -> str:
    """Replace the control characters that XML 1.0 refuses."""
    return "".join(char if char in "\t\n\r" or char >= " " else "\ufffd" for char in text)
