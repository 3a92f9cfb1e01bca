"""Whose submission is graded next: fair by student, and never two of one at a time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grading.models import Submission
from grading.submissions import grading, recovery, turns
from grading.submissions.payload import announce_places, payload_of
from grading.tasks import grade
from tests.support.factories import (
    ExerciseFactory,
    LessonFactory,
    SandboxFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
State = Submission.State


class Class:
    """Students who hand in, one after the other."""

    def __init__(self) -> None:
        self.lesson = LessonFactory()
        self.exercises = [
            ExerciseFactory(lesson=self.lesson, slug=f"task-{number}") for number in range(5)
        ]
        self.sandboxes: dict[str, Any] = {}
        self.at = timezone.now() - timedelta(minutes=1)

    def hand_in(self, name: str, number: int = 0, **fields: Any) -> Submission:
        if name not in self.sandboxes:
            user = UserFactory(username=name)
            self.sandboxes[name] = SandboxFactory(user=user, lesson=self.lesson)
        sandbox = self.sandboxes[name]
        submission: Submission = SubmissionFactory(
            user=sandbox.user, exercise=self.exercises[number], sandbox=sandbox, **fields
        )
        self.at += timedelta(seconds=1)
        Submission.objects.filter(pk=submission.pk).update(created_at=self.at)
        return submission


@pytest.fixture
def room(settings: Any, queued: list[str]) -> Class:
    settings.GRADERS = 4
    return Class()


def order(room: Class) -> list[str]:
    """Grade everything, one after the other; return whose submissions they were."""
    served: list[str] = []

    def finish(submission_id: Any) -> bool:
        submission = grading.claim_submission(submission_id)
        assert submission
        served.append(submission.user.username)
        return grading.fail(submission, reason="looked at")

    for _ in range(20):
        turns.take_turn("", finish)
    return served


def test_student_with_many_submissions_does_not_keep_others_waiting(room: Class) -> None:
    for number in range(4):
        room.hand_in("eager", number)
    room.hand_in("late")
    room.hand_in("later")
    assert order(room) == ["eager", "late", "later", "eager", "eager", "eager"]


def test_nobody_has_two_under_way(room: Class) -> None:
    first, second = room.hand_in("eager", 0), room.hand_in("eager", 1)
    other = room.hand_in("late")
    assert grading.claim_submission(first.pk)
    assert [pk for pk, _ in turns.next_submissions()] == [other.pk]
    assert grading.claim_submission(second.pk) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=second.pk).update(state=State.COLLECTING)


def test_turn_that_had_to_be_passed_up_is_given_back(room: Class, queued: list[str]) -> None:
    first, second = room.hand_in("eager", 0), room.hand_in("eager", 1)
    claimed = grading.claim_submission(first.pk)
    assert claimed
    turns.take_turn("", grading.grade_submission)  # there is nobody else to serve
    assert queued == []
    grading.fail(claimed, reason="looked at")
    turns.give_back_turn()
    assert queued == [str(second.pk)]


def test_no_more_turns_are_given_back_than_were_passed_up(room: Class, queued: list[str]) -> None:
    first = room.hand_in("eager", 0)
    room.hand_in("eager", 1)
    grading.claim_submission(first.pk)
    turns.take_turn("", grading.grade_submission)
    for _ in range(3):
        turns.give_back_turn()
    assert len(queued) == 1


def test_slow_students_share_half_of_the_places(room: Class) -> None:
    long_ago = timezone.now() - timedelta(seconds=30)
    hanging = [room.hand_in(f"slow{number}") for number in range(2)]
    for submission in hanging:
        grading.claim_submission(submission.pk)
        Submission.objects.filter(pk=submission.pk).update(changed_at=long_ago)
    third = room.hand_in("slow2")
    turns.remember_pace(third.user_id, 20.0)
    quick = room.hand_in("quick")
    assert [pk for pk, _ in turns.next_submissions()] == [quick.pk]
    recovery.interrupt(hanging[0].pk)
    assert [pk for pk, _ in turns.next_submissions()] == [third.pk, quick.pk]


def test_students_of_whom_nothing_is_known_leave_a_place(room: Class) -> None:
    """Four whose first checks hang at the same time don't take every place."""
    for number in range(3):
        hanging = room.hand_in(f"new{number}")
        assert grading.claim_submission(hanging.pk)
    room.hand_in("new3")
    known = room.hand_in("known")
    turns.remember_pace(known.user_id, 0.5)
    assert [user_id for _, user_id in turns.next_submissions()] == [known.user_id]


def test_quick_submission_makes_a_student_quick_again(room: Class) -> None:
    submission = room.hand_in("slow")
    turns.remember_pace(submission.user_id, 20.0)
    turns.remember_pace(submission.user_id, 0.5)
    assert turns.paces_of([submission.user_id]) == {submission.user_id: turns.QUICK}


def test_place_in_the_queue_is_in_the_payload(room: Class) -> None:
    first, second = room.hand_in("one"), room.hand_in("two")
    assert [payload_of(each, None)["queue"] for each in fresh(first, second)] == [
        {"place": 1},
        {"place": 2},
    ]
    grading.claim_submission(first.pk)
    assert [payload_of(each, None)["queue"] for each in fresh(first, second)] == [
        None,
        {"place": 1},
    ]


def test_those_who_wait_are_told_their_places(room: Class, published: list[Any]) -> None:
    room.hand_in("one")
    room.hand_in("two")
    announce_places()
    told = [event["payload"]["submission"]["queue"]["place"] for event in published]
    assert told == [1, 2]


def test_places_are_told_in_few_queries(
    room: Class, published: list[Any], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        room.hand_in(f"student{number}")
    with django_assert_max_num_queries(4):
        announce_places()
    assert [event["payload"]["submission"]["queue"]["place"] for event in published] == list(
        range(1, 31)
    )


def test_turn_without_anything_to_grade_is_no_error(room: Class, queued: list[str]) -> None:
    grade("")
    assert queued == []


def fresh(*submissions: Submission) -> list[Submission]:
    return [Submission.objects.get(pk=each.pk) for each in submissions]
