"""Compile the trusted static programs that the platform brings into machines.

They are kept in var/tools.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from operate.console.shell import first_program, install_debian_packages, is_root, replace_text, run
from operate.errors import ImageError, OperateError
from operate.stack.layout import Layout

RUNTIME_DIR = Path(__file__).resolve().parents[2] / "runtime"
COMPILERS = ("musl-gcc", "gcc", "cc")
FLAGS = ("-static", "-O2", "-Wall")
# A program that is not static names a dynamic loader in its first kilobytes.
LOADER_NAMES = (b"/ld-linux", b"/ld-musl", b"/ld64")


@dataclass(frozen=True)
class Tool:
    """Describe a program made of all C files below `folder`."""

    name: str
    folder: Path

    def sources(self) -> list[Path]:
        return sorted(self.folder.rglob("*.c"))

    def headers(self) -> list[Path]:
        return sorted(self.folder.rglob("*.h"))


TOOLS = (
    Tool("ptyd", RUNTIME_DIR / "ptyd"),
    Tool("checker", RUNTIME_DIR / "checker"),
    Tool("files", RUNTIME_DIR / "files"),
    Tool("fetch", RUNTIME_DIR / "fetch"),
    Tool("guest-console", RUNTIME_DIR / "guest-console"),
    Tool("call-recorder", RUNTIME_DIR / "call-recorder"),
)


def ensure_tools(layout: Layout) -> list[str]:
    """Bring var/tools up to date; return a line for each tool.

    It says made, current, or why it is missing. Raises ImageError when a source does not compile
    or there is no compiler.
    """
    if is_root():
        install_debian_packages({"musl-gcc": "musl-tools", "busybox": "busybox-static"})
    stamps = read_stamps(layout)
    lines = [ensure_compiled(layout, tool, stamps) for tool in TOOLS]
    lines.append(ensure_busybox(layout))
    replace_text(stamp_file(layout), json.dumps(stamps), mode=0o644)
    return lines


def stamp_file(layout: Layout) -> Path:
    return layout.var / "tools.json"  # not in the folder itself, whose content names the volume


def read_stamps(layout: Layout) -> dict[str, str]:
    file = stamp_file(layout)
    stamps: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return stamps


def ensure_compiled(layout: Layout, tool: Tool, stamps: dict[str, str]) -> str:
    if not tool.sources():
        return f"{tool.name}: no source, left out"
    compiler = first_program(COMPILERS)
    if compiler is None:
        raise ImageError("no C compiler: install musl-tools or gcc")
    key = hash_of(
        [
            compiler.encode(),
            *FLAGS,
            *[file.read_bytes() for file in tool.sources() + tool.headers()],
        ]
    )
    target = layout.tools / tool.name
    if stamps.get(tool.name) == key and target.exists():
        return f"{tool.name}: current"
    compile_tool(compiler, tool, target)
    stamps[tool.name] = key
    return f"{tool.name}: compiled"


def compile_tool(compiler: str, tool: Tool, target: Path) -> None:
    fresh = target.with_name(target.name + ".new")
    try:
        run(compiler, *FLAGS, "-I", tool.folder, "-o", fresh, *tool.sources())
    except OperateError as error:
        raise ImageError(f"{tool.name} did not compile: {error}") from error
    fresh.chmod(0o755)
    fresh.replace(target)


def ensure_busybox(layout: Layout) -> str:
    """Copy the machine's busybox when it is a static one."""
    target, source = layout.tools / "busybox", first_program(("busybox",))
    if source is None or not is_static(Path(source)):
        return (
            "busybox: current"
            if target.exists()
            else "busybox: no static one here (install busybox-static)"
        )
    if target.exists() and target.read_bytes() == Path(source).read_bytes():
        return "busybox: current"
    fresh = target.with_name("busybox.new")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o755)
    fresh.replace(target)
    return "busybox: copied"


def is_static(program: Path) -> bool:
    """Whether a program needs no libraries, so that it runs in any machine."""
    with program.open("rb") as file:
        head = file.read(4096)
    return head.startswith(b"\x7fELF") and not any(name in head for name in LOADER_NAMES)


def hash_of(parts: list[bytes | str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else os.fsencode(part)
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
