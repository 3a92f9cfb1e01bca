"""Locate faults in a course, a lesson or an exercise."""

# Like pydantic's `loc`: ("checks", 1, "path") is the field `path` of the second check.
Location = tuple[int | str, ...]


def field_name(location: Location) -> str:
    """Return a location as authors read it: ("checks", 1, "path") is "checks[1].path"."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".") or "file"
