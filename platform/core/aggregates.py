"""Add aggregates that Django has for one database only."""

from typing import Any

from django.db.models import Aggregate, JSONField


class JSONArrayAgg(Aggregate):
    """Gather a group's values into one JSON array.

    That is SQLite's json_group_array() and PostgreSQL's jsonb_agg().
    """

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)
