"""Forms of the sign-in page."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Django's form in our look."""

    error_messages = {
        "invalid_login": "No account has this name and password. Mind upper and lower case.",
        "inactive": "This account has been switched off. Ask your instructor.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        for field in self.fields.values():
            field.widget.attrs["class"] = "form__input"
        if self.is_bound and self.errors:
            self._mark_invalid()

    def _mark_invalid(self) -> None:
        """A wrong name or password is said once for both fields, and both point at it."""
        for name, field in self.fields.items():
            field.widget.attrs["aria-invalid"] = "true"
            if name not in self.errors:
                field.widget.attrs["aria-describedby"] = "form-errors"
