"""Store evidence in a model field."""

import json
import zlib
from typing import Any

from django.db import models

# Evidence is text for the most part; a higher level costs more time than it saves space.
LEVEL = 6


def pack_document(document: dict[str, Any]) -> bytes:
    """Pack a JSON document for the database: zlib (RFC 1950) around ASCII."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), LEVEL)


def unpack_document(stored: bytes) -> dict[str, Any]:
    """Unpack what pack_document() has packed."""
    document: dict[str, Any] = json.loads(zlib.decompress(stored))
    return document


class DocumentField(models.BinaryField):  # type: ignore[type-arg]  # takes none when it runs
    """Store a JSON object, compressed; it is read and written as a whole."""

    def from_db_value(self, value: Any, *_args: Any) -> dict[str, Any] | None:
        """Unpack a value: PostgreSQL gives bytes or a memoryview, SQLite bytes."""
        return None if value is None else unpack_document(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Pack a value on its way into the database."""
        packed = pack_document(value) if isinstance(value, dict) else value
        return super().get_db_prep_value(packed, connection, prepared)

    def to_python(self, value: Any) -> Any:
        """Read a value of a fixture, which value_to_string() has made."""
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        """Write a value for a fixture."""
        return json.dumps(self.value_from_object(obj))
