"""Judges of what an author's script made of the evidence."""

from fractions import Fraction

from checks.evidence.schema import Evidence
from checks.evidence.script_runner import is_current
from checks.judges.base import Finding, printable
from checks.specs import ScriptCheck
from grading.errors import EvidenceMissing

SAID = 500  # characters of a script's words that are shown


def judge_script(check: ScriptCheck, evidence: Evidence) -> Finding:
    if not is_current(check, evidence):
        errors, words = evidence["errors"], f"The script of {check.id} was not run on this; `manage.py regrade` can."
        raise EvidenceMissing(errors.get(f"script {check.id}", errors.get("scripts", words)))
    outcome = evidence["scripts"][check.id]
    return Finding(
        passed=outcome["points"] >= check.points,
        expected=printable(outcome["expected"], SAID) or "what this check's script looks for",
        found=printable(outcome["found"], SAID),
        share=Fraction(outcome["points"], check.points),
        message=printable(outcome["message"], SAID),
    )
