"""Define what can be wrong with answers, in words that are fit for a student's eyes."""


class BadAnswers(Exception):
    """Say what can't be an answer, and to which question. Nothing was submitted."""


class AnswerRefused(Exception):
    """Say why something can't be the answer to one question."""
