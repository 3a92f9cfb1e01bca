"""Decide who may open which account page; what somebody may not see is a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import ApiToken, Invitation, User

View = Callable[..., HttpResponseBase]


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user; views that call this let nobody else in."""
    return cast("User", request.user)


def get_own_token_or_404(user: User, token_id: int) -> ApiToken:
    """Return one of the user's own tokens."""
    token = user.api_tokens.filter(pk=token_id).first()
    if token is None:
        raise Http404
    return token


def get_invitation_or_404(user: User, invitation_id: int) -> Invitation:
    """Return an open invitation: the user's own, or anybody's for an operator."""
    rows = Invitation.objects.all() if user.operates else Invitation.objects.filter(invited_by=user)
    invitation = rows.filter(pk=invitation_id, accepted_at=None).first()
    if invitation is None:
        raise Http404
    return invitation


def require(test: Callable[[User], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not test(user_of(request)):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def may_use_second_factor(user: User) -> bool:
    """Whether this user may set up, or get rid of, a second factor.

    Those who teach and staff may, and users who have a second factor already.
    """
    return user.teaches or user.is_staff or bool(is_mfa_enabled(user))


only_teaching = require(lambda user: user.teaches)
only_second_factor = require(may_use_second_factor)
