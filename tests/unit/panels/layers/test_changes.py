"""What a layer adds, changes and removes, and the tree that shows it."""

from typing import Any

import pytest

from panels.errors import PanelRefused, PanelUnavailable
from panels.layers.changes import (
    CHILDREN_MAX,
    NODES_MAX,
    Change,
    compare,
    describe_counts,
    describe_tree,
    find_node,
    grow,
    stack,
)
from panels.layers.files import read_files
from panels.layers.history import STORE
from panels.layers.images import ImageReader
from panels.layers.listing import Listing, parse_description
from panels.untrusted import NUMBER_MAX
from tests.support.layers.image_machine import Member, describe_archive, image_machine


def layer(*members: Member) -> Listing:
    return parse_description(describe_archive(members))


BASE = layer(
    ("etc/", None),
    ("etc/passwd", b"root"),
    ("var/cache/a", b"12345"),
    ("var/cache/b/c", b"123"),
    ("srv/x", b"1"),
    ("srv/y", b"22"),
)


def test_added_changed_and_removed() -> None:
    top = layer(
        ("etc/", None),
        ("etc/passwd", b"root and more"),
        ("etc/new", b"123"),
        ("var/.wh.cache", b""),
        ("srv/", None),
        ("srv/.wh..wh..opq", b""),
        ("srv/y", b"4444"),
    )
    changes = {change.path: change for change in compare(top, stack([BASE]))}
    assert changes["etc"].mark == ""
    assert changes["etc/passwd"] == Change("etc/passwd", "changed", "file", 13, 4)
    assert changes["etc/new"] == Change("etc/new", "added", "file", 3)
    assert changes["srv/x"] == Change("srv/x", "removed", "file", 0, 1)
    assert changes["srv/y"].mark == "changed"
    assert {path for path in changes if path.startswith("var")} == {"var/cache"}
    assert changes["var/cache"] == Change("var/cache", "removed", "folder", 0, 8)
    seen = stack([BASE, top])
    assert set(seen) == {"etc", "etc/passwd", "etc/new", "srv", "srv/y"}


def test_a_removed_folder_is_one_change_with_all_that_was_in_it() -> None:
    below = layer(("var/cache", None), ("var/cache/a", b"12345"), ("var/cache/b/c", b"123"))
    (change,) = compare(layer(("var/.wh.cache", b"")), stack([below]))
    assert change == Change("var/cache", "removed", "folder", 0, 8)


def test_a_folder_that_becomes_a_file_hides_what_was_in_it() -> None:
    below = layer(("opt", None), ("opt/a", b"12"))
    changes = {c.path: c.mark for c in compare(layer(("opt", b"x")), stack([below]))}
    assert changes == {"opt": "changed", "opt/a": "removed"}


def test_what_is_removed_from_a_layer_that_can_not_be_read_is_still_told() -> None:
    (change,) = compare(layer(("etc/.wh.gone", b"")), {})
    assert change == Change("etc/gone", "removed", "file", 0, 0)


def test_a_tree_counts_files_in_all_folders_above() -> None:
    tree = describe_tree(
        grow(compare(layer(("a/b/c/x", b"1"), ("a/b/c/y", b"22"), ("z", b"4444")), {}))
    )
    assert [(child["name"], child["size"]) for child in tree["children"]] == [
        ("z", 4),
        ("a/b/c", 3),
    ]
    folder = tree["children"][1]
    assert (folder["kind"], folder["added"], folder["path"]) == ("folder", 2, "a/b/c")
    assert [child["name"] for child in folder["children"]] == ["y", "x"]


def test_a_large_tree_opens_its_folders_when_asked() -> None:
    members: list[Any] = [(f"d{n}/f{m}", b"1") for n in range(40) for m in range(30)]
    root = grow(compare(layer(*members), {}))
    tree = describe_tree(root)
    described = [child for child in tree["children"] if child["children"] is not None]
    assert len(tree["children"]) == 40
    assert 0 < sum(len(child["children"]) for child in described) + 40 <= NODES_MAX
    later = next(child for child in tree["children"] if child["children"] is None)
    node = find_node(root, later["path"])
    assert node is not None
    assert len(describe_tree(node)["children"]) == 30


def test_a_folder_of_very_many_is_cut_and_counted() -> None:
    members: list[Any] = [(f"f{n}", b"1") for n in range(500)]
    tree = describe_tree(grow(compare(layer(*members), {})))
    assert (len(tree["children"]), tree["more"]) == (CHILDREN_MAX, 500 - CHILDREN_MAX)


def test_sums_of_forged_sizes_are_numbers_that_pages_and_queues_take() -> None:
    forged = Listing({f"d/f{n}": ("file", NUMBER_MAX) for n in range(5_000)})
    root = grow(compare(forged, {}))
    assert describe_counts(root)["size"] == NUMBER_MAX
    assert describe_tree(root)["children"][0]["size"] == NUMBER_MAX


def test_the_deepest_name_is_drawn() -> None:
    deep = "/".join(["d"] * 63)
    tree = describe_tree(grow(compare(layer((f"{deep}/f", b"1"), (f"{deep}/g", b"1")), {})))
    assert tree["children"][0]["name"] == deep


def test_the_files_of_a_layer_of_an_image() -> None:
    machine = image_machine()
    base: list[Member] = [("etc/passwd", b"root"), ("big", b"x" * 900)]
    top: list[Member] = [("etc/passwd", b"changed"), (".wh.big", b"")]
    image = machine.add_image("app:1", [("ADD x", base), ("CMD x", None), ("RUN rm /big", top)])
    detail = ImageReader().read_detail(machine, image)
    files = read_files(machine, detail, 1, "")
    assert files["total"] == {"size": 7, "hidden": 904, "added": 0, "changed": 1, "removed": 1}
    assert files["largest"] == [{"path": "etc/passwd", "size": 7, "mark": "changed"}]
    assert files["below_known"]
    with pytest.raises(PanelRefused):
        read_files(machine, detail, 1, "no/such/folder")


def test_an_engine_that_keeps_layers_elsewhere_is_told_from_an_empty_layer() -> None:
    machine = image_machine()
    image = machine.add_image("app:1", [("ADD x", [("a", b"1")]), ("RUN y", [("b", b"1")])])
    detail = ImageReader().read_detail(machine, image)
    path = f"{STORE}/layerdb/{detail.chains[0].replace(':', '/')}/tar-split.json.gz"
    del machine.stored.contents[path]
    assert not read_files(machine, detail, 1, "")["below_known"]
    with pytest.raises(PanelUnavailable):
        read_files(machine, detail, 0, "")
