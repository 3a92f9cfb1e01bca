"""Name the accounts of the running platform."""

from typing import NamedTuple

PASSWORD = "a-red-hull-in-dock"  # for accounts that live as long as the test run


class Person(NamedTuple):
    """An account of the running platform."""

    username: str
    password: str
