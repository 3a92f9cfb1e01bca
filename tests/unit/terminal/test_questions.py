"""What programs ask their terminal is told from everything else that they print."""

import pytest

from terminal.wire.questions import QuestionFilter

QUESTIONS = [
    "\x1b[c",
    "\x1b[0c",
    "\x1b[>c",
    "\x1b[=0c",
    "\x1bZ",
    "\x05",
    "\x1b[5n",
    "\x1b[6n",
    "\x1b[?6n",
    "\x1b[?996n",
    "\x1b[?2026$p",
    "\x1b[4$p",
    "\x1bP$qr\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b]10;?\x07",
    "\x1b]11;?\x1b\\",
    "\x1b]4;1;?\x07",
    "\x1b]52;c;?\x07",
    "\x1b[>q",
    "\x1b[>0q",
    "\x1b[14t",
    "\x1b[18t",
    "\x1b[21t",
    "\x1b[?u",
    "\x1b[x",
    "\x1b[?4m",
    "\x1b[?1;1;0S",
    "\x9b6n",
    "\x9d11;?\x9c",
    "\x90$qm\x9c",
    "\x1b[6\rn",
]
OTHERS = [
    "\x1b[2J",
    "\x1b[31m",
    "\x1b[>4;2m",
    "\x1b[>4n",
    "\x1b[?2004h",
    "\x1b[2 q",
    "\x1b[!p",
    "\x1b[22;0t",
    "\x1b[8;24;80t",
    "\x1b[s\x1b[u",
    "\x1b[1u",
    "\x1b[3S",
    "\x1b]0;what now?\x07",
    "\x1b]8;;https://example.org/?q\x07",
    "\x1b]11;#ffffff\x1b\\",
    "\x1bP1;1q#0~\x1b\\",
    "[6n",
    "\x1b(0",
    "é漢\x1b[K",
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_question_is_taken_out_however_it_is_cut(question, size):
    text = f"before{question}after{question}"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    questions = QuestionFilter()
    assert "".join(questions.feed(part, answers=False) for part in parts) == "beforeafter"


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_everything_else_stays(other, size):
    text = f"before{other}after"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    questions = QuestionFilter()
    assert "".join(questions.feed(part, answers=False) for part in parts) == text


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_answers_sees_the_question(question):
    questions = QuestionFilter()
    assert "".join(questions.feed(each, answers=True) for each in question) == question


def test_a_question_belongs_to_who_reads_its_end():
    questions = QuestionFilter()
    assert questions.feed("\x1b[6", answers=False) + questions.feed("n", answers=True) == "\x1b[6n"
    assert questions.feed("\x1b[6", answers=True) + questions.feed("n", answers=False) == ""


def test_an_endless_sequence_is_passed_on():
    questions = QuestionFilter()
    heard = questions.feed("\x1b]0;" + "x" * 10_000, answers=False)
    heard += questions.feed("y" * 10_000, answers=False)
    assert len(heard) == 20_004


@pytest.mark.parametrize("piece", ["\x9d", "\x9b", "\x1b]", "\x1b[", "\x90", "\x1bP", "\x9d?;"])
def test_a_flood_of_beginnings_costs_no_more_than_its_length(piece):
    questions = QuestionFilter()
    text = piece * (200_000 // len(piece)) + "\x07"
    assert len(questions.feed(text, answers=False)) <= len(text)
