"""The evidence document holds bytes as JSON that any database takes."""

import json

import pytest

from checks.evidence.packing import pack_bytes, packed_size, unpack_text
from checks.evidence.schema import empty_evidence, load_evidence
from core.specs.outcomes import clean_text


@pytest.mark.parametrize("data", [b"", b"text", "grüße".encode(), b"\xff\x00", b"zero\0byte"])
def test_bytes_survive_json(data):
    packed = json.loads(json.dumps(pack_bytes(data)))
    text = unpack_text(packed)
    assert packed_size(packed) == len(data)
    assert text is None or text.encode() == data


def test_bytes_that_are_not_text_are_not_taken_for_it():
    assert unpack_text(pack_bytes(b"\xff")) is None
    assert unpack_text(pack_bytes(b"42\0")) is None


def test_text_of_a_process_table_loses_what_json_cannot_hold():
    assert clean_text("a\0b\udcffc") == "a\ufffdb?c"


def test_an_older_document_gets_the_sections_it_lacks():
    loaded = load_evidence({"files": {"/root/a": {}}})
    assert loaded == {**empty_evidence(), "files": {"/root/a": {}}}
