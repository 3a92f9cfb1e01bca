"""Quizzes over the API and on the page: answers in, results at once.

The key is never there before it may be seen.
"""

import json

import pytest
from pytest_django.asserts import assertContains

from grading.models import Submission
from questions.base import key_of
from tests.support.factories import ExerciseFactory
from tests.support.learners import client_of

PATH = "/api/exercises/course/boxes/quiz/submissions"
JSON = "application/json"
KEY = {"Idempotency-Key": "k"}
QUESTIONS = [
    {
        "kind": "multiple",
        "id": "own",
        "points": 2,
        "text": "What has a *container* of its own?",
        "message": "Think again.",
        "explanation": "The secret reason.",
        "options": [
            {"text": "Files", "right": True, "explanation": "The secret of files."},
            {"text": "A network", "right": True},
            {"text": "A kernel", "explanation": "That is a VM."},
            {"text": "None of these", "pinned": True},
        ],
    },
    {"kind": "number", "id": "size", "text": "How much?", "answer": 31337, "unit": "MiB"},
    {"kind": "short-text", "id": "word", "text": "Which?", "accepted": ["zanzibar"]},
    {"kind": "order", "id": "boot", "text": "When?", "items": ["one", "two", "three"]},
    {
        "kind": "match",
        "id": "cut",
        "text": "What to what?",
        "pairs": [{"left": "VM", "right": "own"}, {"left": "box", "right": "host"}],
    },
]
RIGHT = {
    "own": [key_of("Files"), key_of("A network")],
    "size": {"value": "31337", "unit": "MiB"},
    "word": "Zanzibar",
    "boot": [key_of(text) for text in ("one", "two", "three")],
    "cut": {key_of("VM"): key_of("own"), key_of("box"): key_of("host")},
}
SECRETS = ("secret", "31337", "zanzibar", "That is a VM", "Think again")


@pytest.fixture
def quiz(lesson):
    lesson.blocks = [*lesson.blocks, {"type": "exercise", "slug": "quiz"}]
    lesson.save()
    definition = {"slug": "quiz", "title": "Quiz", "questions": QUESTIONS}
    return ExerciseFactory(
        lesson=lesson, slug="quiz", definition=definition, machine="", points=6, position=2
    )


def hand_in(client, answers, headers=None):
    return client.post(PATH, {"answers": answers}, content_type=JSON, headers=headers)


def questions_of(client):
    lesson = client.get("/api/lessons/course/boxes").json()
    return {question["id"]: question for question in lesson["exercises"][1]["questions"]}


def test_the_right_answers_are_graded_in_the_answer(student, quiz):
    body = hand_in(client_of(student), RIGHT).json()
    assert (body["state"], body["score"], body["points"], body["passed"]) == ("graded", 6, 6, True)
    assert body["answers"] == RIGHT | {"own": sorted(RIGHT["own"])}
    assert "The secret reason." in body["feedback"]["own"]["explanation"]


def test_no_key_before_it_may_be_seen(student, quiz):
    client = client_of(student)
    page = client.get("/courses/course/boxes/").content.decode()
    lesson = client.get("/api/lessons/course/boxes").content.decode()
    wrong = hand_in(client, {"own": [key_of("Files")], "word": "x"}).content.decode()
    for secret in SECRETS:
        assert secret not in page
        assert secret not in lesson
    assert "Think again" in wrong
    for secret in ("31337", "zanzibar", "secret reason", key_of("A network")):
        assert secret not in wrong


def test_everybody_gets_an_order_of_their_own_that_stays(student, other, quiz):
    ours, theirs = client_of(student), client_of(other)
    assert questions_of(ours) == questions_of(ours)
    assert questions_of(ours)["own"]["options"][-1]["html"] == "None of these"
    for viewer in (ours, theirs):
        assert [item["key"] for item in questions_of(viewer)["boot"]["items"]] != RIGHT["boot"]


def test_the_page_has_native_inputs_in_the_same_order(student, quiz):
    client = client_of(student)
    page = client.get("/courses/course/boxes/")
    assertContains(
        page,
        '<legend class="question__text prose">What has a <em>container</em> of its own?</legend>',
    )
    text = page.content.decode()
    keys = [option["key"] for option in questions_of(client)["own"]["options"]]
    places = [text.index(f'value="{key}"') for key in keys]
    assert places == sorted(places)
    assertContains(page, 'class="option__input"', count=4)
    assertContains(page, "data-order", count=1)
    assertContains(page, "<select", count=3)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "answers: is missing"),
        ({}, "answers: is missing"),
        ({"answers": {"own": [key_of("Nothing")]}}, "answers.own: there is no such option"),
        ({"answers": {"size": "a lot"}}, "answers.size: that is not a number"),
        ({"answers": {"what": "x"}}, "answers.what: there is no such question"),
        ({"answers": [1]}, "answers: must be a table of fields"),
    ],
)
def test_what_can_not_be_an_answer_is_422(student, quiz, body, says):
    client = client_of(student)
    answer = client.post(PATH, json.dumps(body) if body is not None else "", content_type=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert says in answer.json()["error"]["message"]
    assert not Submission.objects.exists()


def test_a_key_makes_it_count_once_and_a_refusal_frees_it(student, quiz):
    client = client_of(student)
    assert hand_in(client, {"size": "?"}, KEY).status_code == 422
    first = hand_in(client, RIGHT, KEY)
    again = hand_in(client, RIGHT, KEY)
    assert (first.status_code, again.json(), again["Idempotent-Replayed"]) == (
        200,
        first.json(),
        "true",
    )
    assert Submission.objects.count() == 1


def test_answers_are_there_after_a_reload(student, other, quiz):
    client = client_of(student)
    hand_in(client, {"word": "x"})
    for who, answers in ((client, {"word": "x"}), (client_of(other), None)):
        data = json.loads(
            who.get("/courses/course/boxes/").content.split(b'application/json">')[1].split(b"<")[0]
        )
        submission = data["exercises"][1]["submission"]
        assert (submission and submission["answers"]) == answers
