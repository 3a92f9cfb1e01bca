"""Define the forms of the account pages: django-allauth's with our labels, and our own."""

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Role, User

LABELS = {
    "login": _("User name"),
    "username": _("User name"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "code": _("Code"),
}
HELP_TEXTS = {
    "username": _("Letters, digits and @ . + - _"),
    "password1": _("At least 8 characters; a few words in a row are good."),
}


class StyledForm:
    """Put our labels and classes on a form's fields."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = HELP_TEXTS.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "form__input"


class SignInForm(StyledForm, allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Sign somebody in by user name or e-mail address.

    The field that allauth calls `login` is `username` in the page: password managers and scripts
    know that name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "autofocus": True,
        }
        if self.is_bound and self.errors:
            self._mark_invalid()

    def add_prefix(self, field_name: str) -> str:
        name: str = super().add_prefix("username" if field_name == "login" else field_name)
        return name

    def _mark_invalid(self) -> None:
        """Point both fields at the one message about a wrong name or password."""
        for name, field in self.fields.items():
            field.widget.attrs["aria-invalid"] = "true"
            if name not in self.errors:
                field.widget.attrs["aria-describedby"] = "form-errors"


class SignUpForm(StyledForm, allauth.SignupForm):  # type: ignore[misc]  # allauth has no types
    """Ask for user name, e-mail address and password."""


class AddEmailForm(StyledForm, allauth.AddEmailForm):  # type: ignore[misc]  # allauth has no types
    """Add an address, which replaces the old one once it is confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class ResetPasswordForm(StyledForm, allauth.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """Ask where to send the link that resets a password."""


class NewPassword(StyledForm):
    """Ask for a new password twice, because nobody sees what they type."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password, again")


class ResetPasswordKeyForm(NewPassword, allauth.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """Set a new password after the link of a reset mail."""


class ChangePasswordForm(NewPassword, allauth.ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Set a new password for somebody who knows the old one."""


class ReauthenticateForm(StyledForm, allauth.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """Ask for the password once more, before something that matters."""


class CodeForm(StyledForm, AllauthAuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """Ask for a code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autofocus": True, "inputmode": "numeric"}


class ActivateForm(StyledForm, AllauthActivateForm):  # type: ignore[misc]  # allauth has no types
    """Ask for the first code, which shows that the app has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class ProfileForm(StyledForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none when it runs
    """Change the name that others see."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}


class TokenForm(StyledForm, forms.Form):
    """Make a new API token."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)


class InvitationForm(StyledForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none when it runs
    """Ask whom to invite, and in which role. The roles on offer depend on who invites."""

    class Meta:
        model = Invitation
        fields = ("email", "role")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["role"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [(role.value, role.label) for role in roles]


class DeleteForm(StyledForm, forms.Form):
    """Ask for the password, so that a browser left open can't delete an account."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label=_("Password"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise ValidationError(_("That is not your password."))
        return password
