"""Forms of the account pages: django-allauth's with our labels, and our own."""

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
    "oldpassword": _("Password until now"),
    "code": _("Code"),
}
HELP = {
    "username": _("Letters, digits and @ . + - _"),
    "password1": _("At least 8 characters; a few words in a row are good."),
}


class OurLook:
    """Our labels and classes on whatever fields a form has."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = HELP.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "form__input"


class SignInForm(OurLook, allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    """The field that allauth calls `login` is `username` in the page: password managers and scripts know that name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        if self.is_bound and self.errors:
            self._mark_invalid()

    def add_prefix(self, field_name: str) -> str:
        name: str = super().add_prefix("username" if field_name == "login" else field_name)
        return name

    def _mark_invalid(self) -> None:
        """A wrong name or password is said once for both fields, and both point at it."""
        for name, field in self.fields.items():
            field.widget.attrs["aria-invalid"] = "true"
            if name not in self.errors:
                field.widget.attrs["aria-describedby"] = "form-errors"


class SignUpForm(OurLook, allauth.SignupForm):  # type: ignore[misc]  # allauth has no types
    """User name, e-mail address, password."""


class AddEmailForm(OurLook, allauth.AddEmailForm):  # type: ignore[misc]  # allauth has no types
    """A new address; it replaces the old one once it is confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class ResetPasswordForm(OurLook, allauth.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """Where the link goes."""


class NewPassword(OurLook):
    """A new password, twice: nobody sees what they type."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password, again")


class ResetPasswordKeyForm(NewPassword, allauth.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """After the link of a reset mail."""


class ChangePasswordForm(NewPassword, allauth.ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """By somebody who knows the old one."""


class ReauthenticateForm(OurLook, allauth.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The password once more, before something that matters."""


class CodeForm(OurLook, AllauthAuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """A code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autofocus": True, "inputmode": "numeric"}


class ActivateForm(OurLook, AllauthActivateForm):  # type: ignore[misc]  # allauth has no types
    """The first code shows that the app has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class ProfileForm(OurLook, forms.ModelForm):  # type: ignore[type-arg]  # takes none when it runs
    """What others see of one."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}


class TokenForm(OurLook, forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)


class InvitationForm(OurLook, forms.ModelForm):  # type: ignore[type-arg]  # takes none when it runs
    """Whom to invite, as what. The roles on offer depend on who invites."""

    class Meta:
        model = Invitation
        fields = ("email", "role")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["role"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [(role.value, role.label) for role in roles]


class DeleteForm(OurLook, forms.Form):
    """The password, so that a browser left open can't do it."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), label=_("Password")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise ValidationError(_("That is not your password."))
        return password
