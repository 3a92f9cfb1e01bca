"""A score that an instructor sets by hand: with a reason that the student reads, and undone."""

import pytest
from django.urls import reverse

from accounts.models import User
from core.models import AuditEntry
from grading.errors import NotCorrectable
from grading.models import ResultVersion, Score, Submission
from grading.regrading.overrides import override_score, undo_override
from grading.submissions.payload import submission_payload
from tests.support.factories import UserFactory
from tests.support.grading import correct, hand_in


@pytest.fixture
def submission(student, exercise, published):
    exercise.definition["checks"] = [dict(check) for check in exercise.definition["checks"]]
    return hand_in(student, exercise)


@pytest.fixture
def ines(db):
    return UserFactory(username="ines", role=User.Role.INSTRUCTOR, is_staff=True)


def test_it_counts_and_the_student_reads_why(
    submission, ines, published, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        override_score(submission=submission, by=ines, score=5, reason=" Shown in class. ")
    submission.refresh_from_db()
    assert (submission.score, submission.passed) == (5, True)
    assert (Score.objects.get().best, Score.objects.get().passed_at is not None) == (5, True)
    payload = submission_payload(submission)
    assert (payload["score"], payload["passed"], payload["override"]) == (
        5,
        True,
        {"reason": "Shown in class."},
    )
    assert published[-1]["payload"]["submission"] == payload


def test_it_may_lower_the_best_score(submission, ines):
    override_score(submission=submission, by=ines, score=0, reason="Copied.")
    assert (Score.objects.get().best, Score.objects.get().passed_at) == (0, None)


def test_undone_the_checks_count_again(submission, ines):
    override_score(submission=submission, by=ines, score=5, reason="Shown in class.")
    undo_override(submission=submission, by=ines, reason="Another student.")
    submission.refresh_from_db()
    assert (submission.score, submission.passed, submission.override_reason) == (2, False, "")
    assert (Score.objects.get().best, Score.objects.get().passed_at) == (2, None)
    assert submission_payload(submission)["override"] is None


def test_undone_after_a_regrade_the_corrected_checks_count(submission, exercise, ines):
    from grading.regrading.service import regrade

    override_score(submission=submission, by=ines, score=0, reason="Copied.")
    correct(exercise, equals="41")
    list(regrade([submission.pk], by=None))
    undo_override(submission=submission, by=ines)
    submission.refresh_from_db()
    assert submission.score == 5


def test_versions_and_audit_log_keep_who_and_why(submission, ines):
    override_score(submission=submission, by=ines, score=5, reason="Shown in class.")
    undo_override(submission=submission, by=ines)
    versions = ResultVersion.objects.values_list(
        "number", "cause", "score", "by__username", "reason"
    )
    assert list(versions) == [
        (1, "graded", 2, None, ""),
        (2, "override", 5, "ines", "Shown in class."),
        (3, "undone", 2, "ines", ""),
    ]
    logged = AuditEntry.objects.order_by("pk").values_list("actor", "action", "reason")
    assert list(logged) == [
        ("ines", "grading.override", "Shown in class."),
        ("ines", "grading.undone", ""),
    ]


@pytest.mark.parametrize(("score", "reason"), [(5, ""), (5, "  "), (6, "so"), (-1, "so")])
def test_it_needs_a_reason_and_a_score_in_range(submission, ines, score, reason):
    with pytest.raises(NotCorrectable):
        override_score(submission=submission, by=ines, score=score, reason=reason)
    assert not AuditEntry.objects.exists()


def test_only_a_graded_attempt_has_a_score_to_set(submission, ines):
    Submission.objects.update(state="not_graded")
    with pytest.raises(NotCorrectable):
        override_score(submission=submission, by=ines, score=5, reason="so")


def test_only_what_was_set_is_undone(submission, ines):
    with pytest.raises(NotCorrectable):
        undo_override(submission=submission, by=ines)


class TestPage:
    def url(self, submission):
        return reverse("admin:grading_set_score", args=[submission.pk])

    def test_an_instructor_sets_and_undoes_it(self, client, submission, ines):
        client.force_login(ines)
        assert client.get(self.url(submission)).status_code == 200
        assert (
            client.post(self.url(submission), {"score": 5, "reason": "Shown in class."}).status_code
            == 302
        )
        submission.refresh_from_db()
        assert (submission.score, submission.override_reason) == (5, "Shown in class.")
        page = client.get(
            reverse("admin:grading_submission_change", args=[submission.pk])
        ).content.decode()
        assert "Shown in class." in page
        assert client.post(self.url(submission), {"_undo": "1"}).status_code == 302
        submission.refresh_from_db()
        assert submission.score == 2

    @pytest.mark.parametrize(
        "body", [{"score": 5}, {"score": 9, "reason": "so"}, {"reason": "so"}, {"_undo": "1"}]
    )
    def test_it_says_what_is_wrong(self, client, submission, ines, body):
        client.force_login(ines)
        answer = client.post(self.url(submission), body)
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
        assert not AuditEntry.objects.exists()

    def test_nobody_else_does(self, client, submission, student):
        student.is_staff = True
        student.save()
        client.force_login(student)
        assert client.post(self.url(submission), {"score": 5, "reason": "so"}).status_code == 403
        client.logout()
        assert client.post(self.url(submission), {"score": 5, "reason": "so"}).status_code == 302
        submission.refresh_from_db()
        assert submission.score == 2


class TestRegradePage:
    LIST = "admin:grading_submission_changelist"

    def select(self, client, submission):
        body = {"action": "regrade_selected", "_selected_action": [str(submission.pk)]}
        return client.post(reverse(self.LIST), body)

    def confirm(self, client, shown, **more: str):
        start = shown.context_data["start"]
        return client.post(
            reverse("admin:grading_regrade"), {**start, "reason": "41 is right, too", **more}
        )

    def test_it_shows_the_difference_and_then_writes_it(self, client, submission, exercise, ines):
        client.force_login(ines)
        correct(exercise, equals="41")
        shown = self.select(client, submission)
        page = " ".join(shown.content.decode().split())
        assert "2 of 5 → 5 of 5" in page
        assert "0 of 3 → 3 of 3" in page
        submission.refresh_from_db()
        assert submission.score == 2
        assert self.confirm(client, shown).status_code == 302
        submission.refresh_from_db()
        assert submission.score == 5
        assert (AuditEntry.objects.get().actor, AuditEntry.objects.get().reason) == (
            "ines",
            "41 is right, too",
        )

    def test_what_was_not_shown_is_not_done(self, client, submission, exercise, ines):
        client.force_login(ines)
        correct(exercise, equals="41")
        shown = self.select(client, submission)
        correct(exercise, equals="40")
        again = self.confirm(client, shown)
        assert again.status_code == 200
        assert "Something has changed meanwhile" in again.content.decode()
        submission.refresh_from_db()
        assert submission.score == 2

    @pytest.mark.parametrize(("more", "score"), [({}, 2), ({"allow_lower": "on"}, 0)])
    def test_scores_fall_when_told_to(self, client, submission, exercise, ines, more, score):
        client.force_login(ines)
        correct(exercise, check=1, contains="crate")
        shown = self.select(client, submission)
        assert "would fall" in shown.content.decode()
        self.confirm(client, shown, **more)
        submission.refresh_from_db()
        assert submission.score == score

    def test_a_reason_is_needed(self, client, submission, exercise, ines):
        client.force_login(ines)
        correct(exercise, equals="41")
        assert self.confirm(client, self.select(client, submission), reason=" ").status_code == 200
        assert not AuditEntry.objects.exists()

    def test_rubbish_changes_nothing(self, client, ines):
        client.force_login(ines)
        assert client.post(reverse("admin:grading_regrade"), {"ids": "x"}).status_code == 302
        assert client.get(reverse("admin:grading_regrade")).status_code == 405
