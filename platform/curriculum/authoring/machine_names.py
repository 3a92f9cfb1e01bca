"""Rename a lesson's machines in everything that names them."""

import re
from collections.abc import Mapping

from curriculum.loader.contents import Contents, decode_text
from curriculum.loader.machines import MACHINES_FOLDER
from curriculum.loader.sources import FRONT_MATTER
from curriculum.loader.writer import edit_yaml
from curriculum.rendering.markdown import markdown_parser
from curriculum.rendering.page import Page, RenderContext

EXERCISE_TEXT = re.compile(r"exercises/[^/]+/exercise\.md")
RUN = re.compile(r"(?<=\srun=)(?P<name>\S+)")


def rename_machines(contents: Contents, names: Mapping[str, str]) -> dict[str, bytes]:
    """Return a lesson's files with new names for its machines, by their old ones.

    That is the folder that a machine is made from, each exercise's machine, and the blocks that run
    in one. The front matter of lesson.md is left to the caller.
    """
    renamed = {}
    for path, content in contents.items():
        top, _, rest = path.partition("/")
        machine, _, inner = rest.partition("/")
        if top == MACHINES_FOLDER and inner and machine in names:
            renamed[f"{top}/{names[machine]}/{inner}"] = content
        elif path.endswith(".md"):
            is_exercise = EXERCISE_TEXT.fullmatch(path) is not None
            renamed[path] = rename_in_text(content, names, in_front_matter=is_exercise)
        else:
            renamed[path] = content
    return renamed


def rename_in_text(content: bytes, names: Mapping[str, str], *, in_front_matter: bool) -> bytes:
    """Return a Markdown file with the new names; its bytes stay when it has none of the old."""
    text = decode_text(content)
    match = FRONT_MATTER.match(text)
    if match is None:
        return content
    head, body = match["yaml"], rename_in_blocks(match["body"], names)
    machine = re.search(r"^machine:[ \t]*[\"']?(?P<name>[a-z0-9-]+)", head, re.MULTILINE)
    if in_front_matter and machine and machine["name"] in names:
        head = edit_yaml(head, {"machine": names[machine["name"]]})
    if (head, body) == (match["yaml"], match["body"]):
        return content
    return f"---\n{head}---\n{body}".encode()


def rename_in_blocks(body: str, names: Mapping[str, str]) -> str:
    """Return a text whose blocks of code run in the machines' new names."""
    lines = body.split("\n")
    for token in markdown_parser().parse(body, Page(RenderContext()).env()):
        if token.type == "fence" and token.map:
            line = token.map[0]
            lines[line] = RUN.sub(lambda match: names.get(match[0], match[0]), lines[line])
    return "\n".join(lines)


def mentions(contents: Contents, name: str) -> list[str]:
    """Return the files that hold a machine's name as a word, which only people can judge."""
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return [
        path
        for path, content in contents.items()
        if path.endswith((".md", ".toml", ".sh", "Dockerfile"))
        and word.search(decode_text(content, errors="replace"))
    ]
