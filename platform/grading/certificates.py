"""Certify that a student has passed all exercises of a course."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from curriculum.models import Course
from grading.errors import CourseNotFinished
from grading.models import Certificate
from grading.progress.queries import with_progress


def person_name(user: User) -> str:
    """Return the name that stands on a certificate: the full name, or else the user name."""
    return user.get_full_name().strip() or user.get_username()


@transaction.atomic
def award_certificate(*, user: User, course: Course) -> Certificate:
    """Write a student's certificate, or their changed name on the one that there is.

    `course` is loaded with the lessons that the student sees. Three queries. Raises
    CourseNotFinished, also for who teaches: what they pass are trials.
    """
    (progress,) = with_progress(user, [course])
    if user.teaches or not progress.finished:
        raise CourseNotFinished(
            "There is a certificate when all exercises of all lessons are passed."
        )
    certificate, is_new = Certificate.objects.get_or_create(
        user=user,
        course=course,
        defaults={
            "name": person_name(user),
            "course_title": course.title,
            "issued_at": timezone.now(),
        },
    )
    if not is_new and certificate.name != person_name(user):
        certificate.name = person_name(user)
        certificate.save(update_fields=["name"])
    return certificate
