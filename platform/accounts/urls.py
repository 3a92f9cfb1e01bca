"""Routes of accounts. Names that begin with `account_` and `mfa_` are those by which django-allauth finds its pages."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from accounts import views
from accounts.access import only_second_factor


def page(name: str) -> str:
    """Our template for one of allauth's views."""
    return f"accounts/{name}.html"


sign_in = allauth.LoginView.as_view(template_name=page("sign_in"))

urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-in/code/", mfa.AuthenticateView.as_view(template_name=page("code")), name="mfa_authenticate"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path(
        "sign-up/",
        allauth.SignupView.as_view(template_name=page("sign_up"), template_name_signup_closed=page("sign_up_closed")),
        name="account_signup",
    ),
    path("inactive/", allauth.AccountInactiveView.as_view(template_name=page("inactive")), name="account_inactive"),
    path("invitation/<str:raw>/", views.follow_invitation, name="invitation"),
    # E-mail.
    path("email/", allauth.EmailView.as_view(template_name=page("email")), name="account_email"),
    path(
        "email/sent/",
        allauth.EmailVerificationSentView.as_view(template_name=page("email_sent")),
        name="account_email_verification_sent",
    ),
    path(
        "email/confirm/<str:key>/",
        allauth.ConfirmEmailView.as_view(template_name=page("email_confirm")),
        name="account_confirm_email",
    ),
    # Password.
    path(
        "password/", allauth.PasswordChangeView.as_view(template_name=page("password")), name="account_change_password"
    ),
    path("password/set/", allauth.PasswordSetView.as_view(template_name=page("password")), name="account_set_password"),
    path(
        "password/reset/",
        allauth.PasswordResetView.as_view(template_name=page("password_reset")),
        name="account_reset_password",
    ),
    path(
        "password/reset/sent/",
        allauth.PasswordResetDoneView.as_view(template_name=page("password_reset_sent")),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        allauth.PasswordResetFromKeyView.as_view(template_name=page("password_reset_key")),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        allauth.PasswordResetFromKeyDoneView.as_view(template_name=page("password_reset_done")),
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/again/",
        allauth.ReauthenticateView.as_view(template_name=page("again")),
        name="account_reauthenticate",
    ),
    path(
        "password/again/code/", mfa.ReauthenticateView.as_view(template_name=page("again")), name="mfa_reauthenticate"
    ),
    # Second factor.
    path(
        "second-factor/",
        only_second_factor(mfa.IndexView.as_view(template_name=page("second_factor"))),
        name="mfa_index",
    ),
    path(
        "second-factor/on/",
        only_second_factor(totp.ActivateTOTPView.as_view(template_name=page("second_factor_on"))),
        name="mfa_activate_totp",
    ),
    path(
        "second-factor/off/",
        only_second_factor(totp.DeactivateTOTPView.as_view(template_name=page("second_factor_off"))),
        name="mfa_deactivate_totp",
    ),
    path(
        "second-factor/codes/",
        only_second_factor(codes.ViewRecoveryCodesView.as_view(template_name=page("recovery_codes"))),
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-factor/codes/new/",
        only_second_factor(codes.GenerateRecoveryCodesView.as_view(template_name=page("recovery_codes_new"))),
        name="mfa_generate_recovery_codes",
    ),
    # Ours.
    path("profile/", views.profile, name="profile"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="revoke_token"),
    path("invitations/", views.invite, name="invitations"),
    path("invitations/<int:invitation_id>/withdraw/", views.withdraw, name="withdraw_invitation"),
    path("delete/", views.delete, name="delete_account"),
]
