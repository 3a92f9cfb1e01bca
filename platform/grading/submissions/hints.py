"""Open hints: each once and in order; what it cost then is what it costs."""

from django.utils.translation import gettext as _

from grading.assignments import Assignment
from grading.errors import HintNotOpen
from grading.models import OpenedHint


def open_hint(assignment: Assignment, *, number: int) -> set[int]:
    """Open a hint, counted from 1, and return the numbers of all that are open now.

    Opening it once more is no error and costs nothing. Raises HintNotOpen for a hint that does not
    exist, or whose predecessors are still closed.
    """
    user, exercise, hints = assignment.user, assignment.exercise, assignment.spec.hints
    rows = OpenedHint.objects.filter(user=user, exercise=exercise)
    opened = set(rows.values_list("number", flat=True))
    if number > len(hints):
        raise HintNotOpen(_("There is no such hint."))
    if not opened.issuperset(range(1, number)):
        raise HintNotOpen(_("Open the hints before this one first."))
    cost = hints[number - 1].cost
    OpenedHint.objects.get_or_create(
        user=user, exercise=exercise, number=number, defaults={"cost": cost}
    )
    return opened | {number}
