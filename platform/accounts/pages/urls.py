"""Route the account pages.

Names that begin with `account_` and `mfa_` are those by which django-allauth finds its pages.
"""

from collections.abc import Callable

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path, re_path
from django.views import View

from accounts import access
from accounts.access import only_second_factor
from accounts.pages import views

Guard = Callable[[access.View], access.View]


def anybody(view: access.View) -> access.View:
    """Guard nothing."""
    return view


def page(
    route: str, view: type[View], template: str, name: str, guard: Guard = anybody
) -> URLPattern:
    """Route one of allauth's views at our address, with our template."""
    return path(route, guard(view.as_view(template_name=f"accounts/{template}.html")), name=name)


sign_in = allauth.LoginView.as_view(template_name="accounts/sign_in.html")
RESET_LINK = r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$"

urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-in/", sign_in, name="account_login"),
    page("sign-in/code/", mfa.AuthenticateView, "code", "mfa_authenticate"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path(
        "sign-up/",
        allauth.SignupView.as_view(
            template_name="accounts/sign_up.html",
            template_name_signup_closed="accounts/sign_up_closed.html",
        ),
        name="account_signup",
    ),
    page("inactive/", allauth.AccountInactiveView, "inactive", "account_inactive"),
    path("invitation/<str:raw>/", views.follow_invitation, name="invitation"),
    # E-mail.
    page("email/", allauth.EmailView, "email", "account_email"),
    page(
        "email/sent/",
        allauth.EmailVerificationSentView,
        "email_sent",
        "account_email_verification_sent",
    ),
    page(
        "email/confirm/<str:key>/",
        allauth.ConfirmEmailView,
        "email_confirm",
        "account_confirm_email",
    ),
    # Password.
    page("password/", allauth.PasswordChangeView, "password", "account_change_password"),
    page("password/set/", allauth.PasswordSetView, "password", "account_set_password"),
    page("password/reset/", allauth.PasswordResetView, "password_reset", "account_reset_password"),
    page(
        "password/reset/sent/",
        allauth.PasswordResetDoneView,
        "password_reset_sent",
        "account_reset_password_done",
    ),
    re_path(
        RESET_LINK,
        allauth.PasswordResetFromKeyView.as_view(template_name="accounts/password_reset_key.html"),
        name="account_reset_password_from_key",
    ),
    page(
        "password/reset/done/",
        allauth.PasswordResetFromKeyDoneView,
        "password_reset_done",
        "account_reset_password_from_key_done",
    ),
    page("password/again/", allauth.ReauthenticateView, "again", "account_reauthenticate"),
    page("password/again/code/", mfa.ReauthenticateView, "again", "mfa_reauthenticate"),
    # Second factor.
    page("second-factor/", mfa.IndexView, "second_factor", "mfa_index", only_second_factor),
    page(
        "second-factor/on/",
        totp.ActivateTOTPView,
        "second_factor_on",
        "mfa_activate_totp",
        only_second_factor,
    ),
    page(
        "second-factor/off/",
        totp.DeactivateTOTPView,
        "second_factor_off",
        "mfa_deactivate_totp",
        only_second_factor,
    ),
    page(
        "second-factor/codes/",
        codes.ViewRecoveryCodesView,
        "recovery_codes",
        "mfa_view_recovery_codes",
        only_second_factor,
    ),
    page(
        "second-factor/codes/new/",
        codes.GenerateRecoveryCodesView,
        "recovery_codes_new",
        "mfa_generate_recovery_codes",
        only_second_factor,
    ),
    # Our own pages.
    path("profile/", views.profile, name="profile"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="revoke_token"),
    path("invitations/", views.invite, name="invitations"),
    path("invitations/<int:invitation_id>/withdraw/", views.withdraw, name="withdraw_invitation"),
    path("delete/", views.delete, name="delete_account"),
]
