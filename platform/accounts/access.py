"""Who may open which account page. What somebody may not see does not exist for them: Http404."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import ApiToken, Invitation, User

View = Callable[..., HttpResponseBase]


def user_of(request: HttpRequest) -> User:
    """The signed-in user; views that call this let nobody else in."""
    return cast("User", request.user)


def get_own_token_or_404(user: User, token_id: int) -> ApiToken:
    """One of the user's own tokens."""
    token = user.api_tokens.filter(pk=token_id).first()
    if token is None:
        raise Http404
    return token


def get_invitation_or_404(user: User, invitation_id: int) -> Invitation:
    """An invitation to withdraw: one's own, or anybody's for an operator."""
    rows = Invitation.objects.all() if user.operates else Invitation.objects.filter(invited_by=user)
    invitation = rows.filter(pk=invitation_id, accepted_at=None).first()
    if invitation is None:
        raise Http404
    return invitation


def _only(test: Callable[[User], bool]) -> Callable[[View], View]:
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
    """Whoever has more to lose than their own work; and whoever has one, to get rid of it."""
    return user.teaches or user.is_staff or bool(is_mfa_enabled(user))


only_teaching = _only(lambda user: user.teaches)
only_second_factor = _only(may_use_second_factor)
