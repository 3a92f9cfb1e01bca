"""Serve our own account pages; those that django-allauth drives are set up in urls.py."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import access, invitations
from accounts.account_deletion import delete_account, is_last_operator
from accounts.models import Invitation
from accounts.pages.forms import DeleteForm, InvitationForm, ProfileForm, TokenForm
from accounts.sign_in.adapter import INVITATION, AccountAdapter
from accounts.tokens import create_token, revoke_token

sign_out = LogoutView.as_view()


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the user's name."""
    form = ProfileForm(request.POST or None, instance=access.user_of(request))
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=form.fields)
        messages.success(request, _("Your name was changed."))
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form})


@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """List the user's tokens, with a form for another.

    The new secret is in the answer to the POST and nowhere else.
    """
    user = access.user_of(request)
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _token, secret = create_token(user, form.cleaned_data["name"])
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": user.api_tokens.all()}
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of the user's tokens."""
    token = access.get_own_token_or_404(access.user_of(request), token_id)
    revoke_token(token)
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("tokens")


@access.only_teaching
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """List open invitations, with a form for another. The link is mailed, and shown once."""
    user = access.user_of(request)
    roles = invitations.may_invite_as(user)
    form, link = InvitationForm(request.POST or None, roles=roles), ""
    if request.method == "POST" and form.is_valid():
        link = send_invitation(request, form)
        form = InvitationForm(roles=roles)
    shown = invitations.open_invitations().filter(**({} if user.operates else {"invited_by": user}))
    context = {
        "form": form,
        "link": link,
        "invitations": shown,
        "closed": settings.SIGN_UP == "closed",
    }
    return render(request, "accounts/invitations.html", context)


def send_invitation(request: HttpRequest, form: InvitationForm) -> str:
    invitation, raw = invitations.invite(**form.cleaned_data, by=access.user_of(request))
    link = request.build_absolute_uri(reverse("invitation", args=[raw]))
    context = {"link": link, "invitation": invitation, "user": request.user}
    AccountAdapter(request).send_mail("accounts/email/invitation", invitation.email, context)
    return link


@access.only_teaching
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Withdraw an invitation: its link opens nothing any more."""
    user = access.user_of(request)
    invitation: Invitation = access.get_invitation_or_404(user, invitation_id)
    invitations.withdraw(invitation=invitation, by=user)
    messages.success(
        request, _("The invitation of %(email)s was withdrawn.") % {"email": invitation.email}
    )
    return redirect("invitations")


@never_cache
def follow_invitation(request: HttpRequest, raw: str) -> HttpResponse:
    """Follow an invitation's link.

    Its secret leaves the address at once, so that no page passes it on.
    """
    invitation = invitations.find_open(raw)
    if invitation is None or settings.SIGN_UP == "closed":
        return render(request, "accounts/sign_up_closed.html", {"used": True}, status=404)
    request.session[INVITATION] = invitation.pk
    return redirect(f"{reverse('account_signup')}?{urlencode({'email': invitation.email})}")


@login_required
@sensitive_post_parameters("password")
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the user's own account, with everything in it."""
    user = access.user_of(request)
    form = DeleteForm(request.POST or None, user=user)
    last = is_last_operator(user)
    if request.method == "POST" and form.is_valid() and not last:
        logout(request)
        delete_account(user=user)
        return render(request, "accounts/deleted.html")
    return render(request, "accounts/delete.html", {"form": form, "last": last})
