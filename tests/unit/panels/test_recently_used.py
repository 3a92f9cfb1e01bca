"""What was learned of machines is remembered within a bound."""

from panels.recently_used import RecentlyUsed


def test_what_was_not_used_for_longest_goes() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(2)
    memory.put("a", 1)
    memory.put("b", 2)
    assert memory.get("a") == 1
    memory.put("c", 3)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_putting_returns_what_was_there() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(2)
    assert memory.put("a", 1) is None
    assert memory.put("a", 2) == 1
    assert memory.get("a") == 2
