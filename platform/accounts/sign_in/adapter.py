"""Tell django-allauth who may sign up, through which stages, and our texts."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

from accounts.encryption import decrypt, encrypt
from accounts.errors import DecryptionFailed, InvitationUsed
from accounts.invitations import accept, open_invitations
from accounts.models import Invitation, User

logger = logging.getLogger(__name__)

STAGES = {
    "allauth.account.stages.EmailVerificationStage": "accounts.sign_in.stages.FirstSignInStage"
}
INVITATION = "invitation"  # in the session: the id of the one whose link was followed

# What a page says after something was done. Whatever is not here speaks for itself.
MESSAGES = {
    "account/messages/email_confirmed.txt": _("%(email)s is confirmed."),
    "account/messages/email_confirmation_sent.txt": _(
        "A mail with a link is on its way to %(email)s."
    ),
    "account/messages/email_confirmation_failed.txt": _("%(email)s belongs to another account."),
    "account/messages/email_deleted.txt": _("%(email)s was removed."),
    "account/messages/password_changed.txt": _(
        "Your password was changed. You were signed out everywhere else."
    ),
    "account/messages/password_set.txt": _("Your password was set."),
    "mfa/messages/totp_activated.txt": _("The second factor is on."),
    "mfa/messages/totp_deactivated.txt": _("The second factor is off."),
    "mfa/messages/recovery_codes_generated.txt": _(
        "Here are new recovery codes. The old ones no longer work."
    ),
}
# What a mail says after something was done to an account, so that its owner notices.
NOTICES = {
    "account/email/email_changed": _("the e-mail address was changed"),
    "account/email/email_deleted": _("an e-mail address was removed"),
    "account/email/password_changed": _("the password was changed"),
    "account/email/password_reset": _("the password was reset"),
    "account/email/password_set": _("a password was set"),
    "mfa/email/recovery_codes_generated": _("new recovery codes were made"),
    "mfa/email/totp_activated": _("a second factor was added"),
    "mfa/email/totp_deactivated": _("the second factor was removed"),
}
MISMATCH = _("No account has this name and password. Mind upper and lower case.")

WRONG_CODE = _("That code is wrong, or no longer valid.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Adapt django-allauth's accounts to this platform's rules and texts."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
        "username_blacklisted": _("This user name is not available. Choose another."),
        "username_taken": _("Somebody has this user name already."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password."),
        "incorrect_code": WRONG_CODE,
        "duplicate_email": _("This is your address already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGN_UP == "open":
            return True
        return settings.SIGN_UP == "invitation" and invitation_of(request) is not None

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Save the new account, in the role of the invitation that led here."""
        invitation = invitation_of(request)
        user.signs_up = True
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if invitation is not None:
                use_invitation(invitation, saved)
        request.session.pop(INVITATION, None)
        return saved

    def get_login_stages(self) -> list[str]:
        return [STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("profile")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return resolve_url("profile" if self.request.user.is_authenticated else "sign_in")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or MESSAGES.get(message_template or "")
        if text:
            values = {name: str(value) for name, value in (message_context or {}).items()}
            messages.add_message(
                request, level, str(text) if message else str(text) % values, extra_tags=extra_tags
            )

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Render a mail from our templates, which lie with our pages and are text."""
        name = template_prefix.rpartition("/")[2].replace(
            "email_confirmation_signup", "email_confirmation"
        )
        what = NOTICES.get(template_prefix)
        prefix = "accounts/email/notice" if what else f"accounts/email/{name}"
        mail: EmailMessage = super().render_mail(prefix, email, context | {"what": what}, headers)
        return mail

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that is away must not fail what the mail tells of.

        The page offers to send it again.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # smtplib's own errors are OSErrors
            logger.exception("mail %s was not sent", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Adapt django-allauth's second factors: our texts, and our encryption of what is stored."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt the secret, or return one that nobody knows when the key is lost.

        No code fits then.
        """
        try:
            return decrypt(encrypted_text)
        except DecryptionFailed as error:
            logger.error(
                "a second factor can't be checked (`manage.py reseal --help`): it is %s", error
            )
            return str(generate_totp_secret())


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Return the invitation whose link this browser has followed, while it can be used."""
    number = request.session.get(INVITATION)
    return open_invitations().filter(pk=number).first() if number else None


def use_invitation(invitation: Invitation, user: User) -> None:
    """Redeem the invitation, or refuse the second comer.

    The error leaves the transaction, so that no account is made then.
    """
    try:
        accept(invitation=invitation, user=user)
    except InvitationUsed:
        raise ImmediateHttpResponse(redirect("account_signup")) from None
