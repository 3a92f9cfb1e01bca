"""Name what can go wrong with accounts, in sentences for the person."""


class AccountError(Exception):
    """Refuse something that was asked for."""


class InvitationUsed(AccountError):
    """Report an invitation that was used, withdrawn or has run out."""


class LastOperator(AccountError):
    """Report that without this account nobody could run the platform."""


class DecryptionFailed(AccountError):
    """Report a stored secret that none of the keys can read."""
