"""Compare a layer's files with what the layers below it have, and draw that as a tree.

A layer never takes anything away: what it removes is hidden, and still there below.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from panels.layers.listing import Kind, Listing
from panels.untrusted import whole

Files = Mapping[str, tuple[Kind, int]]
Mark = Literal["added", "changed", "removed", ""]

CHILDREN_MAX = 100  # of a folder
NODES_MAX = 120  # that a tree has opened by itself
LARGEST = 8
COUNTED = ("added", "changed", "removed")


@dataclass(frozen=True)
class Change:
    """Say what a layer does to a path.

    `size` are the bytes that it adds, `hidden` those of the layers below that are not seen any
    more. A folder that was there has no mark.
    """

    path: str
    mark: Mark
    kind: Kind
    size: int = 0
    hidden: int = 0


def hidden_paths(files: Files, listing: Listing) -> set[str]:
    """Return what of the files below is not seen any more and does not come again.

    That is what was removed, alone or with a folder, and what was in folders that were cleared or
    became something else.
    """
    replaced = {
        path
        for path, (kind, _) in listing.files.items()
        if kind != "folder" and path in files and files[path][0] == "folder"
    }
    gone = listing.removed | listing.cleared | replaced
    if not gone:
        return set()
    inside_only = (listing.cleared | replaced) - listing.removed
    return {
        path
        for path in files
        if path not in listing.files
        and any(
            folder in gone and not (folder == path and folder in inside_only)
            for folder in itself_and_folders(path)
        )
    }


def itself_and_folders(path: str) -> Iterator[str]:
    """Yield a path, the folders that it is in, and the root ("")."""
    yield path
    while path:
        path = path.rpartition("/")[0]
        yield path


def stack(listings: Iterable[Listing]) -> dict[str, tuple[Kind, int]]:
    """Return the files that are seen with these layers upon each other, the lowest first."""
    files: dict[str, tuple[Kind, int]] = {}
    for listing in listings:
        for path in hidden_paths(files, listing):
            del files[path]
        files.update(listing.files)
    return files


def compare(listing: Listing, below: Files) -> list[Change]:
    """Return what a layer does to the files below it.

    A removed folder is one change, with the bytes of all that was in it.
    """
    changes = []
    for path, (kind, size) in listing.files.items():
        before = below.get(path)
        mark: Mark = "added" if before is None else "changed"
        if kind == "folder" and before is not None and before[0] == "folder":
            mark = ""
        changes.append(Change(path, mark, kind, size, before[1] if before else 0))
    return changes + removals(listing, below)


def removals(listing: Listing, below: Files) -> list[Change]:
    """Return what a layer removes: the highest folders of it, or files."""
    gone = hidden_paths(below, listing)
    removed = gone | (listing.removed - listing.files.keys())
    hidden: dict[str, int] = {}
    folders = set()
    for path in gone:
        highest = [folder for folder in itself_and_folders(path) if folder in removed][-1]
        hidden[highest] = hidden.get(highest, 0) + below[path][1]
        if highest != path:
            folders.add(highest)
    for path in removed:
        if not any(folder in hidden for folder in itself_and_folders(path)):
            hidden[path] = 0  # of a layer that could not be read
    return [
        Change(path, "removed", "folder" if path in folders else kind_below(path, below), 0, size)
        for path, size in hidden.items()
    ]


def kind_below(path: str, below: Files) -> Kind:
    return below[path][0] if path in below else "file"


@dataclass
class Node:
    """Hold a name in the tree, with what is in it and what that comes to."""

    name: str
    path: str
    change: Change | None = None
    children: dict[str, "Node"] = field(default_factory=dict)
    size: int = 0
    hidden: int = 0
    marks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    @property
    def is_folder(self) -> bool:
        return bool(self.children) or (self.change is not None and self.change.kind == "folder")


def grow(changes: Iterable[Change]) -> Node:
    """Build a tree of changes, each counted in all folders that it is in.

    Folders count for themselves only where they are empty, or removed.
    """
    root = Node("", "")
    for change in changes:
        nodes = [root]
        for part in change.path.split("/"):
            node = nodes[-1]
            path = f"{node.path}/{part}".lstrip("/")
            nodes.append(node.children.setdefault(part, Node(part, path)))
        nodes[-1].change = change
        counts = change.mark and (change.kind != "folder" or change.mark == "removed")
        for node in nodes:
            node.size += change.size
            node.hidden += change.hidden
            if counts:
                node.marks[change.mark] += 1
    return root


def describe_tree(root: Node) -> dict[str, Any]:
    """Return a tree as JSON, opened as far as NODES_MAX goes, the largest first."""
    room = NODES_MAX
    top = describe_node(root)
    queue = [(root, top)]
    while queue:
        node, described = queue.pop(0)
        in_order = sorted(
            node.children.values(), key=lambda child: (-child.size, -child.hidden, child.name)
        )
        if node is not root and len(in_order) > room:
            continue
        shown = [shorten(child) for child in in_order[:CHILDREN_MAX]]
        described["children"] = [describe_node(child, name) for child, name in shown]
        described["more"] = len(in_order) - len(shown)
        room -= len(shown)
        queue += [
            (child, each)
            for (child, _), each in zip(shown, described["children"], strict=True)
            if child.children
        ]
    return top


def shorten(node: Node) -> tuple[Node, str]:
    """Join folders that hold nothing but one folder: `usr/share/nginx`."""
    name = node.name
    while len(node.children) == 1 and (node.change is None or not node.change.mark):
        (child,) = node.children.values()
        if not child.is_folder:
            break
        node, name = child, f"{name}/{child.name}"
    return node, name


def describe_node(node: Node, name: str = "") -> dict[str, Any]:
    """Return a node without its children: None stands for those that are not told yet."""
    change = node.change
    return {
        "name": name,
        "path": node.path,
        "kind": "folder" if node.is_folder else change.kind if change else "file",
        "mark": change.mark if change else "",
        **describe_counts(node),
        "children": None if node.children else [],
        "more": 0,
    }


def describe_counts(node: Node) -> dict[str, int]:
    """Return a node's numbers; sums of forged sizes are as bounded as each of them."""
    return {"size": whole(node.size), "hidden": whole(node.hidden), **node.marks}


def find_node(root: Node, path: str) -> Node | None:
    """Return the node at a path."""
    node: Node | None = root
    for part in path.split("/") if path else ():
        node = node.children.get(part) if node else None
    return node


def largest(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the largest files of a layer."""
    files = sorted((change for change in changes if change.size), key=lambda each: -each.size)
    return [{"path": each.path, "size": each.size, "mark": each.mark} for each in files[:LARGEST]]
