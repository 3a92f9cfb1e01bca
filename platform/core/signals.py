"""Questions that one app asks and those beside it answer, because they may not import each other."""

from django.dispatch import Signal

# Who knows lessons answers with a Counter: by machine kind, how many published lessons want one.
kinds_in_use = Signal()
