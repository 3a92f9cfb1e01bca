"""Submissions and scores stand in the admin, to be looked at and not to be written."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import Submission
from tests.support.factories import ScoreFactory, SubmissionFactory, UserFactory

PAGES = ("grading_submission", "grading_score")


@pytest.fixture
def rows(student, exercise):
    submission = SubmissionFactory(
        user=student, exercise=exercise, number=1, points=5, changed_at=timezone.now()
    )
    return {
        "grading_submission": submission,
        "grading_score": ScoreFactory(user=student, exercise=exercise),
    }


@pytest.mark.parametrize("page", PAGES)
def test_lists_and_pages_open(admin_client, rows, page):
    assert admin_client.get(reverse(f"admin:{page}_changelist")).status_code == 200
    assert (
        admin_client.get(reverse(f"admin:{page}_change", args=[rows[page].pk])).status_code == 200
    )


@pytest.mark.parametrize("page", PAGES)
def test_nobody_adds_or_changes_one(admin_client, rows, page):
    assert admin_client.get(reverse(f"admin:{page}_add")).status_code == 403
    assert (
        admin_client.post(reverse(f"admin:{page}_change", args=[rows[page].pk]), {}).status_code
        == 403
    )


@pytest.mark.parametrize("page", PAGES)
def test_lists_cost_the_same_however_long(
    admin_client, rows, page, exercise, django_assert_max_num_queries
):
    for number in range(5):
        user = UserFactory(username=f"user{number}")
        SubmissionFactory(
            user=user, exercise=exercise, number=1, points=5, changed_at=timezone.now()
        )
        ScoreFactory(user=user, exercise=exercise)
    with django_assert_max_num_queries(9):
        admin_client.get(reverse(f"admin:{page}_changelist"))


def test_a_submission_says_what_was_taken_off(admin_client, rows):
    row = rows["grading_submission"]
    Submission.objects.filter(pk=row.pk).update(hint_cost=2, late=True, late_percent=20)
    page = admin_client.get(
        reverse("admin:grading_submission_change", args=[row.pk])
    ).content.decode()
    assert "2 for hints, 20 per cent, late" in page
