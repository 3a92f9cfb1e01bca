"""Questions that one app asks and those beside it answer, because they may not import each other."""

from typing import NamedTuple

from django.dispatch import Signal

# Who knows lessons answers with a Counter: by machine kind, how many published lessons want one.
kinds_in_use = Signal()

# Who knows exercises answers with a list of Preparation, in the exercises' order, for a sandbox's `user_id` and
# `lesson_key`. Asked in requests too, so one query at most.
preparations_wanted = Signal()


class Preparation(NamedTuple):
    """A script that an exercise needs run in one of the machines before its student begins."""

    exercise: str  # its slug
    machine: str  # its name in the sandbox
    script: str
