"""Define what can be wrong with answers; students read the messages."""


class BadAnswers(Exception):
    """Say what can't be an answer, and to which question. Nothing was submitted."""


class AnswerRefused(Exception):
    """Say why something can't be the answer to one question."""
