"""Test what the outcomes of verified lessons say, on an engine in memory."""

import xml.etree.ElementTree as ET

import pytest

from curriculum.loader.reader import read_courses
from grading.verification.cases import Case, Outcome, find_cases
from grading.verification.junit import write_junit
from sandboxes.setup_scripts import command_line


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("true\n", ["sh"]),
        ("#!/bin/bash -e\ntrue\n", ["/bin/bash", "-e"]),
        ("# fails: x\n#!/bin/bash\n", ["sh"]),
    ],
)
def test_a_script_is_run_by_what_its_first_line_names(script, program):
    assert command_line(script) == [*program, "-c", script]


def test_cases_are_chosen_by_course_and_exercise(folder):
    courses = read_courses(folder.parents[2].parent)
    assert [
        len(find_cases(courses, **choice))
        for choice in ({"course": "course"}, {"exercise": "write"})
    ] == [2, 2]
    assert [find_cases(courses, **choice) for choice in ({"course": "x"}, {"exercise": "x"})] == [
        [],
        [],
    ]


def test_junit_counts_failures_and_errors(folder, tmp_path):
    cases: list[Case] = find_cases(read_courses(folder.parents[2].parent))
    outcomes = [
        Outcome(cases[0], 1.5, faults=("a\x00<b>", "c")),
        Outcome(cases[1], 0.5, error="gone"),
    ]
    write_junit(outcomes, tmp_path / "junit.xml")
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]
    assert suite.attrib == {
        "name": "course/first/write", "tests": "2", "failures": "1", "errors": "1", "time": "2.000"
    }  # fmt: skip
    assert [(case.get("name"), [child.tag for child in case]) for case in suite] == [
        ("solution", ["failure"]),
        ("wrong/answer-off-by-one", ["error"]),
    ]
    assert suite[0][0].text == "a\ufffd<b>\nc"
