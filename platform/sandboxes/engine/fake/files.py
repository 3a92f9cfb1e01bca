"""Answer for the program `files` (runtime/files) from a fake machine's memory."""

import hashlib
from collections.abc import Callable, Sequence

from sandboxes.engine.fake.machine import FakeMachine
from sandboxes.engine.files_protocol import ANY, NEW, FileRefused, pack, unpack
from sandboxes.engine.machine_paths import HOME

COUNT_MAX = 10_000
Reply = tuple[Sequence[object], bytes]


def answer_files(machine: FakeMachine, request: bytes) -> bytes:
    """Do what a request asks for, and return the reply."""
    fields, content = unpack(request)
    operation, *arguments = [field.decode() for field in fields]
    try:
        reply, piece = OPERATIONS[operation](FakeFiles(machine), arguments, content)
    except FileRefused as refused:
        return pack([refused.reason.encode(), *[field.encode() for field in refused.fields]])
    return pack([b"ok", *[str(field).encode() for field in reply]], piece)


class FakeFiles:
    """Do the operations on a fake machine: files by path, and folders that were made."""

    def __init__(self, machine: FakeMachine) -> None:
        self.files = machine.files
        self.folders = machine.folders

    def is_folder(self, path: str) -> bool:
        below = path.rstrip("/") + "/"
        return path in self.folders | {"/", HOME} or any(
            name.startswith(below) for name in (*self.files, *self.folders)
        )

    def need_free(self, path: str) -> None:
        if path in self.files or self.is_folder(path):
            raise FileRefused("exists", ["File exists"])
        self.need_parent(path)

    def need_parent(self, path: str) -> None:
        if not self.is_folder(path.rpartition("/")[0] or "/"):
            raise FileRefused("no-folder")

    def version(self, path: str) -> str:
        return hashlib.sha256(self.files[path]).hexdigest()[:16] if path in self.files else ""

    def names(self, path: str) -> dict[str, str]:
        """Return what is right in a folder, as kinds by name."""
        below = path.rstrip("/") + "/"
        inside = [name.removeprefix(below) for name in self.files if name.startswith(below)]
        made = [f"{name.removeprefix(below)}/" for name in self.folders if name.startswith(below)]
        return {
            name.partition("/")[0]: "d" if "/" in name else "f"
            for name in sorted((*inside, *made))
            if name.strip("/")
        }

    def list_folders(self, arguments: list[str], _content: bytes) -> Reply:
        offset, limit = int(arguments[0]), int(arguments[1])
        reply: list[object] = []
        for path in arguments[2:]:
            if not self.is_folder(path):
                reply += ["not-folder" if path in self.files else "missing", "as it says"]
                continue
            names = sorted(self.names(path).items(), key=lambda item: (item[1] != "d", item[0]))
            shown = names[offset : offset + limit]
            reply += ["ok", path, len(names), "", len(shown)]
            for name, kind in shown:
                content = self.files.get(f"{path.rstrip('/')}/{name}", b"")
                reply += [kind, len(content), "755" if kind == "d" else "644", 0, name, ""]
        return reply, b""

    def read_piece(self, arguments: list[str], _content: bytes) -> Reply:
        path, offset, size = arguments[0], int(arguments[1]), int(arguments[2])
        if path not in self.files:
            raise FileRefused("is-folder" if self.is_folder(path) else "missing")
        content = self.files[path]
        return [self.version(path), len(content), "644", 0, 0], content[offset : offset + size]

    def stage(self, arguments: list[str], content: bytes) -> Reply:
        path, key, offset = arguments[0], arguments[1], int(arguments[2])
        self.need_parent(path)
        before = self.files.get(f"{path}.{key}", b"")
        if len(before) < offset:
            raise FileRefused("bad-request")
        self.files[f"{path}.{key}"] = before[:offset] + content
        return [], b""

    def discard(self, arguments: list[str], _content: bytes) -> Reply:
        self.files.pop(f"{arguments[0]}.{arguments[1]}", None)
        return [], b""

    def write(self, arguments: list[str], content: bytes) -> Reply:
        path, expected, parents, key = arguments
        if self.is_folder(path):
            raise FileRefused("is-folder")
        if parents != "1":
            self.need_parent(path)
        if expected not in (ANY, self.version(path) or NEW):
            raise FileRefused("conflict", [self.version(path)])
        if key != "-":
            if f"{path}.{key}" not in self.files:
                raise FileRefused("missing")
            content = self.files.pop(f"{path}.{key}")
        self.files[path] = content
        above = path.split("/")[1:-1]
        self.folders |= {"/" + "/".join(above[: count + 1]) for count in range(len(above))}
        return [self.version(path), len(content)], b""

    def mkdir(self, arguments: list[str], _content: bytes) -> Reply:
        self.need_free(arguments[0])
        self.folders.add(arguments[0])
        return [], b""

    def rename(self, arguments: list[str], _content: bytes) -> Reply:
        path, to = arguments
        if path not in self.files and not self.is_folder(path):
            raise FileRefused("missing")
        self.need_free(to)
        for name in [name for name in self.files if name == path or name.startswith(f"{path}/")]:
            self.files[to + name.removeprefix(path)] = self.files.pop(name)
        for name in [name for name in self.folders if f"{name}/".startswith(f"{path}/")]:
            self.folders.remove(name)
            self.folders.add(to + name.removeprefix(path))
        return [], b""

    def remove(self, arguments: list[str], _content: bytes) -> Reply:
        path, whole = arguments
        inside = [name for name in (*self.files, *self.folders) if name.startswith(f"{path}/")]
        if path not in self.files and not self.is_folder(path):
            raise FileRefused("missing")
        if inside and whole != "1":
            raise FileRefused("not-empty", ["", str(len(inside)), ""])
        for name in [path, *inside]:
            self.files.pop(name, None)
            self.folders.discard(name)
        return [], b""


Operation = Callable[[FakeFiles, list[str], bytes], Reply]
OPERATIONS: dict[str, Operation] = {
    "list": FakeFiles.list_folders,
    "read": FakeFiles.read_piece,
    "stage": FakeFiles.stage,
    "discard": FakeFiles.discard,
    "write": FakeFiles.write,
    "mkdir": FakeFiles.mkdir,
    "rename": FakeFiles.rename,
    "remove": FakeFiles.remove,
}
