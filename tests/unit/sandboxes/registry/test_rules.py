"""Who may push and pull what: the gate's decisions, without a registry."""

import base64
import time

import pytest

from runtime.registry import rules, tokens
from runtime.registry.tokens import Claims

KEY = b"k" * 32
BLOB = "sha256:" + "ab" * 32


def who(name="ada", course="containers", *, teaches=False, until=None):
    return Claims(name, course, teaches, int(time.time()) + 60 if until is None else until)


class Facts:
    def __init__(self, reason: str = "") -> None:
        self.reason = reason

    def courses_of(self, repository):
        return {"bob/app": {"containers"}, "eve/app": {"other"}}.get(repository, set())

    def full(self, owner):
        return self.reason


def decide(method, uri, claims=None, reason=""):
    return rules.decide(method, uri, claims or who(), Facts(reason))


@pytest.mark.parametrize("method", rules.WRITES)
@pytest.mark.parametrize(
    "name", ["bob/app", "app", "ada", "adam/app", "course/app", "library/nginx", "bob/ada/app"]
)
def test_pushing_anywhere_but_below_ones_own_name_is_refused(method, name):
    for what in ("manifests/latest", "blobs/uploads/", f"blobs/{BLOB}"):
        decision = decide(method, f"/v2/{name}/{what}")
        assert decision.status == 403
        assert "only below registry:5000/ada/" in decision.reason


@pytest.mark.parametrize("name", ["ada/app", "ada/team/app", "ada/a.b_c-d"])
def test_pushing_below_ones_own_name_is_allowed(name):
    assert decide("PUT", f"/v2/{name}/manifests/v1.0").status == 200
    assert decide("POST", f"/v2/{name}/blobs/uploads/").status == 200
    assert decide("PATCH", f"/v2/{name}/blobs/uploads/2f1c-9?_state=x%3D").status == 200
    assert decide("DELETE", f"/v2/{name}/manifests/{BLOB.replace(':', '%3A')}").status == 200


def test_who_teaches_pushes_below_course_and_pulls_everything():
    teacher = who("tina", "other", teaches=True)
    assert decide("PUT", "/v2/course/base/manifests/1", teacher).status == 200
    assert decide("PUT", "/v2/library/base/manifests/1", teacher).status == 403
    assert decide("PUT", "/v2/bob/app/manifests/1", teacher).status == 403
    assert decide("GET", "/v2/bob/app/manifests/1", teacher).status == 200


def test_only_the_platforms_own_name_pushes_to_the_library():
    platform = who("library", "")
    assert decide("PUT", "/v2/library/nginx/manifests/latest", platform).status == 200
    assert decide("PUT", "/v2/ada/app/manifests/latest", platform).status == 403
    for other in (who("librarian"), who("ada", "library"), who("course", teaches=True)):
        for method in rules.WRITES:
            uri = "/v2/library/nginx/manifests/latest"
            assert decide(method, uri, other).status == 403
            assert decide("GET", uri, other).status == 200


@pytest.mark.parametrize("name", ["ada/mine", "bob/app", "course/base", "library/nginx"])
def test_pulling_from_the_course_is_allowed(name):
    assert decide("GET", f"/v2/{name}/manifests/1").status == 200
    assert decide("HEAD", f"/v2/{name}/blobs/{BLOB}").status == 200


def test_what_is_another_courses_looks_like_what_is_not_there():
    there, missing = (
        decide("GET", "/v2/eve/app/manifests/1"),
        decide("GET", "/v2/eve/nope/manifests/1"),
    )
    assert there.status == missing.status == 403
    assert there.reason.replace("eve/app", "") == missing.reason.replace("eve/nope", "")


def test_a_layer_is_mounted_only_from_what_one_may_pull():
    assert decide("POST", f"/v2/ada/app/blobs/uploads/?mount={BLOB}&from=bob%2Fapp").status == 200
    assert decide("POST", f"/v2/ada/app/blobs/uploads/?mount={BLOB}&from=eve%2Fapp").status == 403
    assert (
        decide("POST", f"/v2/ada/app/blobs/uploads/?from=bob/app&mount={BLOB}&from=eve/app").status
        == 403
    )
    assert decide("POST", f"/v2/ada/app/blobs/uploads/?mount={BLOB}&from=..%2Feve").status == 403


@pytest.mark.parametrize(
    "uri",
    [
        "/v2/ada/../bob/app/manifests/1",
        "/v2/ada/%2e%2e/bob/app/manifests/1",
        "/v2//bob/app/manifests/1",
        "/v2/ada/app/../../bob/app/manifests/1",
        "/v2/Ada/app/manifests/1",
        "/v2/ada/app/manifests/a%2Fb",
        "/v2/ada/app/manifests/1\n",
        "/v2/ada/app",
        "/v2/" + "a/" * 200 + "app/manifests/1",
        "/me",
        "/",
        "",
    ],
)
def test_no_address_but_the_registrys_own_passes(uri):
    assert decide("GET", uri).status == 404
    assert decide("PUT", uri).status == 404


def test_an_unknown_method_passes_nowhere():
    assert decide("TRACE", "/v2/ada/app/manifests/1").status == 404
    assert decide("DELETE", "/v2/_catalog").status == 404


def test_a_full_space_refuses_pushing_with_the_reason_but_neither_pulling_nor_deleting():
    assert decide("POST", "/v2/ada/app/blobs/uploads/", reason="no room").reason == "no room"
    assert decide("GET", "/v2/ada/app/manifests/1", reason="no room").status == 200
    assert decide("DELETE", "/v2/ada/app/manifests/1", reason="no room").status == 200


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_password_says_who_it_is():
    claims = who()
    assert tokens.from_basic(basic("ada", tokens.sign(claims, KEY)), KEY) == claims


def test_a_password_is_nobody_elses_not_forever_and_not_made_up():
    password = tokens.sign(who(), KEY)
    assert tokens.from_basic(basic("bob", password), KEY) is None
    assert tokens.from_basic(basic("ada", password), b"another key" * 3) is None
    assert (
        tokens.from_basic(basic("ada", tokens.sign(who(until=int(time.time()) - 1), KEY)), KEY)
        is None
    )
    body, _, mac = password.partition(".")
    forged = tokens.sign(who(teaches=True), b"guess").partition(".")[0]
    assert tokens.from_basic(basic("ada", f"{forged}.{mac}"), KEY) is None
    assert tokens.from_basic(basic("ada", body), KEY) is None


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic ???", "Bearer x", "Basic " + base64.b64encode(b"\xff").decode()]
)
def test_a_broken_header_is_nobody(header):
    assert tokens.from_basic(header, KEY) is None
