"""What can go wrong with accounts, in words for the person."""


class AccountError(Exception):
    """Something that was asked for can't be done."""


class InvitationUsed(AccountError):
    """The invitation was used by somebody else, withdrawn, or has run out."""


class LastOperator(AccountError):
    """Without this account nobody could run the platform."""


class SealBroken(AccountError):
    """A stored secret can't be read with any of the keys."""
