"""A quiz's questions: what each answer earns, whatever it is, and what can't be one."""

from typing import Any

import pytest

from checks.results import CheckResult, evaluate
from core.specs.outcomes import EvidenceMissing
from questions.answers import read_answers
from questions.base import key_of
from questions.errors import BadAnswers
from questions.match import MatchQuestion
from questions.multiple import MultipleQuestion
from questions.number import NumberQuestion
from questions.order import OrderQuestion
from questions.registry import Question
from questions.single import SingleQuestion
from questions.text import TextQuestion
from tests.support.checks.evidence import evidence

WORDS = {"id": "q", "points": 6, "text": "Which?", "message": "Look again.", "read": "Above"}
SINGLE = SingleQuestion(
    **WORDS, options=({"text": "yes", "right": True}, {"text": "no"}, {"text": "both"})
)
MULTIPLE = MultipleQuestion(
    **WORDS, options=[{"text": text, "right": text in "abc"} for text in ("a", "b", "c", "x", "y")]
)
GIBIBYTE = NumberQuestion(**WORDS, answer=1, unit="GiB")
COUNT = NumberQuestion(**WORDS, answer=20, tolerance=2)
PERCENT = NumberQuestion(**WORDS, answer=50, unit="%", tolerance_percent=10)
TENTH = NumberQuestion(**WORDS, answer=0.3, unit="s")
TEXT = TextQuestion(**WORDS, accepted=["uname  -r", "Straße"], matches="(/usr)?/bin/uname -r")
ORDER = OrderQuestion(**WORDS, items=["one", "two", "three", "four"])
MATCH = MatchQuestion(
    **WORDS,
    pairs=[
        {"left": "VM", "right": "own"},
        {"left": "box", "right": "host"},
        {"left": "jail", "right": "host"},
    ],
)


def keys(*texts: str) -> list[str]:
    return [key_of(text) for text in texts]


def evaluated(question: Question, answer: Any) -> CheckResult:
    """As a student's answer is: read, stored, evaluated."""
    return evaluate(question, evidence(answers=read_answers([question], {"q": answer})))


def earned(question: Question, answer: Any) -> int:
    return evaluated(question, answer).earned


ALL = (SINGLE, MULTIPLE, GIBIBYTE, COUNT, TEXT, ORDER, MATCH)


@pytest.mark.parametrize("question", ALL, ids=lambda each: each.kind)
@pytest.mark.parametrize("answer", [None, "", [], {}])
def test_no_answer_earns_nothing(question, answer):
    result = evaluated(question, answer)
    assert (result.passed, result.earned, result.found, result.message) == (
        False,
        0,
        "no answer",
        "Look again.",
    )


@pytest.mark.parametrize("question", [GIBIBYTE, COUNT], ids=["with unit", "without"])
@pytest.mark.parametrize("answer", [{"value": " ", "unit": ""}, {"unit": ""}, " "])
def test_a_number_that_is_empty_is_no_answer(question, answer):
    assert evaluated(question, answer).found == "no answer"


def test_spaces_are_no_answer():
    assert evaluated(TEXT, " \t ").found == "no answer"
    assert evaluated(MATCH, {key_of("VM"): "", key_of("box"): None}).found == "no answer"


def test_single():
    right = evaluated(SINGLE, key_of("yes"))
    assert (right.passed, right.earned, right.message, right.read) == (True, 6, "", "Above")
    wrong = evaluated(SINGLE, key_of("no"))
    assert (wrong.passed, wrong.earned, wrong.found) == (False, 0, "“no”")
    assert "yes" not in wrong.expected + wrong.found


@pytest.mark.parametrize(
    ("ticked", "points"),
    [
        ("abc", 6),
        ("ab", 4),
        ("a", 2),
        ("abcx", 4),
        ("abx", 2),
        ("ax", 0),
        ("x", 0),
        ("axy", 0),
        ("abcxy", 2),
    ],
)
def test_multiple_counts_right_ones_less_wrong_ones(ticked, points):
    result = evaluated(MULTIPLE, keys(*ticked))
    assert (result.earned, result.passed) == (points, ticked == "abc")


def test_a_part_is_rounded_down_and_never_all():
    question = MULTIPLE.model_copy(update={"points": 1})
    assert [earned(question, keys(*ticked)) for ticked in ("ab", "abc")] == [0, 1]


@pytest.mark.parametrize(
    ("value", "unit", "right"),
    [
        ("1", "GiB", True),
        ("1.0", None, True),
        (1, "GiB", True),
        ("1024", "MiB", True),
        ("1024 MiB", "GiB", True),
        ("1048576", "KiB", True),
        ("1.07", "GB", True),
        ("1,07", "GB", True),
        ("1.074", "GB", True),
        ("1074", "MB", True),
        ("1073741824", "B", True),
        ("1.1", "GB", False),
        ("1.08", "GB", False),
        ("1", "GB", False),
        ("1000", "MiB", False),
        ("1020", "MiB", False),
        ("1.07", "GiB", False),
        ("0.001", "TiB", False),
        ("0.000977", "TiB", True),
        ("1.07e0", "GB", False),
        ("-1", "GiB", False),
    ],
)
def test_a_number_may_be_in_any_unit_that_fits(value, unit, right):
    assert evaluated(GIBIBYTE, {"value": value, **({"unit": unit} if unit else {})}).passed is right


@pytest.mark.parametrize(
    ("question", "value", "right"),
    [
        (COUNT, "18", True), (COUNT, 22.0, True), (COUNT, "22.1", False), (COUNT, "17.9", False),
        (PERCENT, "45", True), (PERCENT, "55 %", True), (PERCENT, "44.9", False),
        (TENTH, "0.3", True), (TENTH, "300 ms", True), (TENTH, "0.31", False),
        (TENTH, "3e-1", True),
    ],
)  # fmt: skip
def test_a_tolerance_is_in_the_unit_or_in_per_cent(question, value, right):
    assert evaluated(question, value).passed is right


@pytest.mark.parametrize("space", ["", " ", "\u00a0", "\u202f", "\u2009", "'"])
@pytest.mark.parametrize("minus", ["-", "\u2212", "\u2013"])
def test_a_number_is_read_as_people_write_it(space, minus):
    question = NumberQuestion(**WORDS, answer=-16000)
    assert evaluated(question, f"{minus}16{space}000").passed
    assert evaluated(question, {"value": f" {minus}16{space}000,0 "}).passed
    assert not evaluated(question, f"16{space}000").passed


@pytest.mark.parametrize("text", ["16,000", "16.000", "\u221216.000"])
def test_what_can_be_two_numbers_is_asked_again_and_not_graded(text):
    question = NumberQuestion(**WORDS, answer=-16000 if text.startswith("\u2212") else 16000)
    with pytest.raises(BadAnswers, match=r"can be read as .* or as"):
        read_answers([question], {"q": text})


def test_a_point_before_decimals_is_graded():
    question = NumberQuestion(**WORDS, answer=2.125)
    assert evaluated(question, "2.125").passed
    assert not evaluated(question, "2.126").passed


def test_an_answer_of_version_0_1_is_graded_as_it_was_stored():
    stored = {"value": "1,07", "unit": "GB"}
    assert evaluate(GIBIBYTE, evidence(answers={"q": stored})).passed


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("uname -r", True),
        ("  UNAME   -R ", True),
        ("uname\u00a0-r", True),
        ("STRASSE", True),
        ("/usr/bin/uname  -r", True),
        ("/BIN/UNAME -R", True),
        ("uname-r", False),
        ("x /bin/uname -r", False),
        ("/bin/uname -r; ls", False),
    ],
)
def test_a_short_text_is_compared_without_case_and_space(text, right):
    assert evaluated(TEXT, text).passed is right


def test_a_short_text_may_be_accepted_by_one_way_alone():
    only = TextQuestion(**WORDS, accepted=["tar"])
    assert [evaluated(only, text).passed for text in ("TAR", "tar.gz")] == [True, False]
    assert evaluated(TextQuestion(**WORDS, accepted=["tar"], matches="t.r"), "tor").passed


@pytest.mark.parametrize(
    ("order", "points"),
    [
        ("one two three four", 6),
        ("two one three four", 4),
        ("four one two three", 0),
        ("one three four two", 2),
        ("four three two one", 0),
    ],
)
def test_an_order_counts_pairs(order, points):
    result = evaluated(ORDER, keys(*order.split()))
    assert (result.earned, result.passed) == (points, points == 6)
    assert result.found.startswith(f"“{order.split()[0]}”, ")


@pytest.mark.parametrize(
    ("rights", "points"),
    [
        (("own", "host", "host"), 6),
        (("own", "own", "host"), 4),
        (("host", "own", "own"), 0),
        (("own", "", ""), 2),
    ],
)
def test_each_pair_counts_alone(rights, points):
    answer = {
        left: right and key_of(right)
        for left, right in zip(keys("VM", "box", "jail"), rights, strict=True)
    }
    result = evaluated(MATCH, answer)
    assert (result.earned, result.passed) == (points, points == 6)
    assert result.found.startswith(f"VM: {rights[0]}")


# --- Stored answers, and questions that have changed since ---


@pytest.mark.parametrize(
    ("question", "stored"),
    [
        (SINGLE, key_of("maybe")),
        (MULTIPLE, keys("a", "gone")),
        (GIBIBYTE, {"value": "1", "unit": "s"}),
        (ORDER, keys("one", "two", "three", "five")),
        (MATCH, {key_of("VM"): None}),
        (MATCH, {key: key_of("gone") for key in keys("VM", "box", "jail")}),
    ],
)
def test_an_answer_in_words_that_are_gone_is_no_evidence(question, stored):
    with pytest.raises(EvidenceMissing):
        evaluate(question, evidence(answers={"q": stored}))


def test_a_question_that_was_not_asked_is_not_judged():
    with pytest.raises(EvidenceMissing, match="q was not asked"):
        evaluate(SINGLE, evidence(answers={"other": None}))


def test_a_key_that_was_corrected_counts_for_stored_answers():
    stored = read_answers([SINGLE], {"q": key_of("both")})
    corrected = SingleQuestion(
        **WORDS, options=({"text": "both", "right": True}, {"text": "yes"}, {"text": "no"})
    )
    assert [
        evaluate(version, evidence(answers=stored)).earned for version in (SINGLE, corrected)
    ] == [0, 6]


# --- What can't be an answer ---


@pytest.mark.parametrize(
    ("question", "raw_answer", "why"),
    [
        (SINGLE, 1, "must be a text"),
        (SINGLE, "yes", "there is no such option"),
        (MULTIPLE, key_of("a"), "must be a list of keys"),
        (MULTIPLE, keys("a", "a"), "has a key twice"),
        (MULTIPLE, keys("a", "z"), "there is no such option"),
        (GIBIBYTE, "much", "not a number"),
        (GIBIBYTE, "1,024", "1,024 can be read as 1\u202f024 or as"),
        (GIBIBYTE, "1 s", "the unit may be one of"),
        (GIBIBYTE, {"value": "1", "unit": "s"}, "must be in a unit like GiB"),
        (GIBIBYTE, {"value": "1", "unit": "ell"}, "must be in a unit like GiB"),
        (GIBIBYTE, {"value": "1", "of": "x"}, "must be"),
        (GIBIBYTE, True, "must be a text"),
        (GIBIBYTE, ["1"], "must be a text"),
        (COUNT, {"value": "1", "unit": "s"}, "is a number without a unit"),
        (TEXT, 7, "must be a text"),
        (TEXT, "x" * 201, "is longer than 200 characters"),
        (ORDER, keys("one", "two"), "must have all 4 items"),
        (ORDER, keys("one", "two", "three", "three"), "has a key twice"),
        (MATCH, "own", "must name a right side"),
        (MATCH, {"x": key_of("own")}, "there is no such option"),
        (MATCH, {key_of("VM"): "x"}, "there is no such option"),
    ],
)
def test_what_is_refused_says_why_and_where(question, raw_answer, why):
    with pytest.raises(BadAnswers, match=why) as caught:
        read_answers([question], {"q": raw_answer})
    assert str(caught.value).startswith("answers.q: ")


def test_answers_must_be_there_and_to_questions_that_are():
    with pytest.raises(BadAnswers, match="answers: is missing"):
        read_answers([SINGLE], None)
    with pytest.raises(BadAnswers, match=r"answers.r: there is no such question; known are q"):
        read_answers([SINGLE], {"r": "x"})


def test_what_is_stored_can_be_stored_anywhere():
    stored = read_answers([TEXT], {"q": "a\x00b\ud800"})
    assert stored == {"q": "a�b?"}
    assert read_answers([MULTIPLE], {"q": keys("b", "a")}) == {"q": sorted(keys("a", "b"))}
