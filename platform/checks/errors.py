"""Define what can go wrong with evidence; students read the messages."""

from core.specs.outcomes import EvidenceError


class EvidenceTooLarge(EvidenceError):
    """Say that there is more evidence than is stored with a submission. Nothing was graded."""
