"""Error pages wear the product's look, keep the policy, and need no database."""

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.test import Client
from django.urls import path

from config import urls
from config.urls import handler400, handler500


def failing(error):
    def view(request):
        raise error

    return view


handlers = (handler400, handler500)
urlpatterns = [
    path("400", failing(BadRequest("odd"))),
    path("403", failing(PermissionDenied("no"))),
    path("404", failing(Http404("gone"))),
    path("500", failing(RuntimeError("a secret of the server"))),
    *urls.urlpatterns,
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_page(status):
    answer = Client(raise_request_exception=False).get(f"/{status}")
    text = answer.content.decode()
    assert answer.status_code == status
    assert f">{status}<" in "".join(text.split())
    assert 'class="topbar"' in text
    assert "secret of the server" not in text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_page_keeps_the_policy(status):
    answer = Client(raise_request_exception=False).get(f"/{status}")
    nonce = answer.content.decode().partition('nonce="')[2].partition('"')[0]
    assert nonce
    assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]


def test_a_stale_form_gets_the_page_too():
    answer = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"username": "x"})
    assert answer.status_code == 403
    assert "form has gone stale" in answer.content.decode()


def test_the_handlers_are_ours():
    assert [handler.rpartition(".")[2] for handler in handlers] == ["bad_request", "server_error"]
