"""What a push sent and what was there already, by the requests that the gate hears."""

import json
from typing import Any

import pytest

from runtime.registry import pushes as module
from runtime.registry.pushes import PushLog
from runtime.registry.rules import Route

BASE, APP, CONFIG = (f"sha256:{letter * 64}" for letter in "abc")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> PushLog:
    return PushLog(clock)


def upload(log: PushLog, digest: str, repository: str = "ada/app") -> None:
    """As Docker uploads a layer."""
    address = f"/v2/{repository}/blobs/"
    log.note_request("HEAD", f"{address}{digest}")
    log.note_request("POST", f"{address}uploads/")
    log.note_request("PATCH", f"{address}uploads/1234-5?_state=x")
    log.note_request("PUT", f"{address}uploads/1234-5?_state=x&digest={digest.replace(':', '%3A')}")


def finish(log: PushLog, *layers: str, repository: str = "ada/app", owner: str = "ada") -> Any:
    """End a push; returns how its layers came."""
    manifest = {"config": {"digest": CONFIG}, "layers": [{"digest": layer} for layer in layers]}
    body = json.dumps(manifest).encode()
    log.note_manifest(owner, Route(repository, "1"), body, len)
    return [layer["how"] for layer in log.of(owner)[0]["layers"]]


def test_the_first_push_sends_everything_and_the_second_what_is_new(log: PushLog) -> None:
    upload(log, BASE)
    upload(log, CONFIG)
    assert finish(log, BASE) == ["sent"]
    log.note_request("HEAD", f"/v2/ada/app/blobs/{BASE}")
    upload(log, APP)
    assert finish(log, BASE, APP) == ["had", "sent"]
    assert finish(log, BASE, APP) == ["had", "had"]
    push = log.of("ada")[0]
    assert (push["repository"], push["reference"], push["config"]) == ("ada/app", "1", CONFIG)
    assert [layer["bytes"] for layer in push["layers"]] == [71, 71]


def test_a_layer_of_another_repository_is_taken_over(log: PushLog) -> None:
    uri = f"/v2/ada/new/blobs/uploads/?from=ada%2Fapp&mount={BASE.replace(':', '%3A')}"
    log.note_request("POST", uri)
    assert finish(log, BASE, repository="ada/new") == ["mounted"]
    assert log.of("ada")[0]["layers"][0]["source"] == "ada/app"
    # Docker asks, and uploads all the same where the other repository has none.
    log.note_request("POST", uri)
    upload(log, BASE, "ada/new")
    assert finish(log, BASE, repository="ada/new") == ["sent"]


def test_repositories_and_owners_are_apart(log: PushLog) -> None:
    upload(log, BASE, "bob/app")
    assert finish(log, BASE) == ["had"]
    assert log.of("bob") == []


def test_an_upload_of_long_ago_is_not_this_push(log: PushLog, clock: Clock) -> None:
    upload(log, BASE)
    clock.now += module.UPLOAD_SECONDS + 1
    assert finish(log, BASE) == ["had"]


def test_a_push_that_broke_off_counts_for_the_one_that_succeeds(log: PushLog, clock: Clock) -> None:
    upload(log, BASE)
    clock.now += 60
    upload(log, APP)
    assert finish(log, BASE, APP) == ["sent", "sent"]


def test_a_list_of_images_is_no_push(log: PushLog) -> None:
    body = json.dumps({"manifests": [{"digest": BASE}]}).encode()
    log.note_manifest("ada", Route("ada/app", "1"), body, lambda _digest: 0)
    assert log.of("ada") == []


def test_what_is_no_upload_is_not_noted(log: PushLog) -> None:
    for method, uri in (
        ("GET", f"/v2/ada/app/blobs/{BASE}"),
        ("PUT", "/v2/ada/app/blobs/uploads/1?digest=nonsense"),
        ("PUT", f"/v2/ada/app/manifests/{BASE}?digest={BASE}"),
        ("PUT", f"/somewhere?digest={BASE}"),
        ("PUT", ""),
    ):
        log.note_request(method, uri)
    assert finish(log, BASE) == ["had"]


def test_everything_is_bounded(log: PushLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UPLOADS_MAX", 5)
    monkeypatch.setattr(module, "OWNERS_MAX", 3)
    for number in range(20):
        upload(log, f"sha256:{number:064}")
        finish(log, BASE, owner=f"student-{number}")
        finish(log, BASE, owner="ada")
    assert len(log._uploads) <= 5
    assert len(log._pushes) <= 3
    assert len(log.of("ada")) <= module.PUSHES_MAX
    log.forget("ada")
    assert log.of("ada") == []
