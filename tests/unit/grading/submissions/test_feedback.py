"""What a student is told after answering: as much as may be seen by then."""

import pytest

from grading.submissions.payload import feedback
from questions.base import key_of
from questions.match import MatchQuestion
from questions.multiple import MultipleQuestion
from questions.number import NumberQuestion
from questions.order import OrderQuestion
from questions.single import SingleQuestion
from questions.text import TextQuestion

WORDS = {
    "id": "q",
    "text": "Which?",
    "message": "Look *again*.",
    "explanation": "Because.",
    "read": "Above",
}
OPTIONS = [
    {"text": "`yes`", "right": True, "explanation": "It is."},
    {"text": "no", "explanation": "It isn't."},
    {"text": "both", "explanation": "Never."},
]
SINGLE, MULTIPLE = (
    SingleQuestion(**WORDS, options=OPTIONS),
    MultipleQuestion(**WORDS, options=OPTIONS),
)
YES, NO, BOTH = (key_of(option["text"]) for option in OPTIONS)
NUMBER = NumberQuestion(**WORDS, answer=1.5, unit="GiB")
TEXT = TextQuestion(**WORDS, accepted=["a < b", "c"])
ORDER = OrderQuestion(**WORDS, items=["*one*", "two", "three"])
MATCH = MatchQuestion(
    **WORDS, pairs=[{"left": "VM", "right": "a<b"}, {"left": "box", "right": "host"}]
)


def feedback_for(question, answer, *, passed=False, solved=False):
    results = [{"check": "q", "passed": passed, "earned": int(passed)}]
    return feedback([question], {"q": answer}, results, solved=solved)["q"]


def test_a_wrong_answer_gets_its_own_explanation_and_no_other():
    shown = feedback_for(SINGLE, NO)
    assert (shown["message"].strip(), shown["explanation"], shown["read"]) == (
        "<p>Look <em>again</em>.</p>",
        "",
        "Above",
    )
    assert shown["marks"].keys() == {NO}
    assert (shown["marks"][NO]["right"], "It isn't." in shown["marks"][NO]["explanation"]) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("question", "answer"), [(SINGLE, NO), (MULTIPLE, [NO, BOTH]), (NUMBER, {}), (TEXT, "x")]
)
def test_the_key_is_not_in_what_is_told_of_a_wrong_answer(question, answer):
    text = str(feedback_for(question, answer))
    for secret in (YES, "It is.", "Because", "1.5", "a &lt; b"):
        assert secret not in text


def test_each_ticked_option_is_marked():
    marks = feedback_for(MULTIPLE, [YES, NO])["marks"]
    assert {key: mark["right"] for key, mark in marks.items()} == {YES: True, NO: False}


@pytest.mark.parametrize(("question", "answer"), [(SINGLE, YES), (MULTIPLE, [YES])])
def test_who_passed_reads_all_explanations(question, answer):
    shown = feedback_for(question, answer, passed=True)
    assert (shown["message"], shown["marks"].keys(), shown["solution"]) == ("", {YES, NO, BOTH}, [])
    assert "Because." in shown["explanation"]


def test_no_answer_has_no_marks():
    for question in (SINGLE, MULTIPLE, MATCH, ORDER):
        assert feedback_for(question, None)["marks"] == {}


def test_each_pair_is_marked():
    answer = {key_of("VM"): key_of("host"), key_of("box"): key_of("host"), key_of("gone"): None}
    marks = feedback_for(MATCH, answer)["marks"]
    assert {key: mark["right"] for key, mark in marks.items()} == {
        key_of("VM"): False,
        key_of("box"): True,
    }


@pytest.mark.parametrize(
    ("question", "solution"),
    [
        (SINGLE, ["<code>yes</code>"]),
        (MULTIPLE, ["<code>yes</code>"]),
        (NUMBER, ["1.5 GiB"]),
        (NUMBER.model_copy(update={"answer": 40.0, "unit": ""}), ["40"]),
        (TEXT, ["a &lt; b"]),
        (ORDER, ["<em>one</em>", "two", "three"]),
        (MATCH, ["VM: a&lt;b", "box: host"]),
    ],
)
def test_the_right_answer_once_it_may_be_seen(question, solution):
    assert feedback_for(question, None, solved=True)["solution"] == solution
    assert feedback_for(question, None)["solution"] == []


def test_a_question_without_a_result_is_left_out():
    assert feedback([SINGLE], {}, [], solved=True) == {}
