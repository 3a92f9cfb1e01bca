"""/api/docs, the OpenAPI document, and docs/api.md say the same."""

import re

import pytest
from django.test import Client

from api.docs import groups
from api.routes import api
from tests.support.paths import PLATFORM, ROOT

DOCUMENT = (ROOT / "docs" / "api.md").read_text()


def test_anybody_may_read_them(db):
    assert Client().get("/api/openapi.json").json()["info"]["title"] == "Drydock"
    page = Client().get("/api/docs")
    assert page.status_code == 200
    for path in api.get_openapi_schema()["paths"]:
        assert path in page.text


def test_the_page_loads_nothing_from_elsewhere(db):
    page = Client().get("/api/docs").text
    loaded = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"([^\"]+)\"", page)
    assert [address for address in loaded if not address.startswith("/static/")] == []
    assert "style=" not in page


def test_links_within_the_page_lead_somewhere(db):
    page = Client().get("/api/docs").text
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors - set(re.findall(r' id="([^"]+)"', page)) == set()


def test_every_operation_names_its_answer_and_errors():
    operations = [operation for _tag, some in groups() for operation in some]
    assert len(operations) > 10
    for operation in operations:
        assert operation.text, operation.id
        assert operation.answer, operation.id
        assert "401" in operation.errors, operation.id


def test_every_post_takes_an_idempotency_key():
    operations = [operation for _tag, some in groups() for operation in some]
    assert {operation.id for operation in operations if operation.takes_key} == {
        operation.id for operation in operations if operation.method == "POST"
    }


@pytest.mark.parametrize(
    "word", ["reset", "extend", "wake", "prepare", "submissions", "progress", "courses", "lessons"]
)
def test_the_document_shows_each_call(word):
    assert re.search(rf"[/…]{word}\b", DOCUMENT)


def test_every_code_is_documented():
    platform = PLATFORM / "api"
    source = "".join(
        (platform / name).read_text() for name in ("errors.py", "routes.py", "idempotency.py")
    )
    codes = set(re.findall(r'Answer\(4?5?\d\d, "([a-z-]+)"', source)) | set(
        re.findall(r'\(\d{3}, "([a-z-]+)"\)', source)
    )
    codes |= set(re.findall(r'(?:code = (?:\d+, )?|BadRequest\()"([a-z-]+)"', source))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in DOCUMENT} == set()
