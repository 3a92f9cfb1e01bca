"""Turn what an image's history says of a step into the line of the Dockerfile that made it.

Engines note what they ran, not what was written. The old builder notes `/bin/sh -c #(nop) CMD …`
for what changes no file and `/bin/sh -c …` for RUN; BuildKit notes the instruction itself, with the
shell in it and `# buildkit` behind it. Build arguments stand before the shell: `|1 VERSION=3`.
Sources: moby 20.10 builder/dockerfile/dispatchers.go; buildkit 0.13
frontend/dockerfile/dockerfile2llb/convert.go (commitToHistory, dispatchRun).
"""

import re
from dataclasses import dataclass

from panels.untrusted import text

TEXT_CHARS = 2_000
# Those that change nothing but the image's description. Of the others WORKDIR may make a folder.
SETTINGS = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME"}
)
FILES = frozenset({"ADD", "COPY", "RUN", "WORKDIR"})
NO_FILES = re.compile(r"^/bin/sh -c #\(nop\)\s*")
SHELL = re.compile(r"^(?:\|\d+ (?P<arguments>.*?) ?)?/bin/sh -c ", re.DOTALL)
BUILDKIT = re.compile(r"\s*# buildkit$")
# `COPY file:0123… in /etc/app.conf`: the old builder notes a checksum of what was copied.
COPIED = re.compile(r"^(?P<what>file|dir|multi):[0-9a-f]{64} in (?P<target>.*?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class DockerfileLine:
    """Show a step as its author wrote it, as far as the history tells.

    `verb` is "" for what no instruction of a Dockerfile made (`docker import`, `docker commit`);
    `text` then is what the history says.
    """

    verb: str
    text: str

    @property
    def changes_no_file(self) -> bool:
        return self.verb in SETTINGS


def parse_instruction(created_by: object, comment: object = "") -> DockerfileLine:
    """Parse what an engine's history says of a step."""
    source = BUILDKIT.sub("", lines(created_by).strip())
    if no_files := NO_FILES.match(source):
        return split_instruction(source[no_files.end() :])
    if shell := SHELL.match(source):
        return DockerfileLine("RUN", tidy_command(source[shell.end() :]))
    if source:
        return split_instruction(source)
    return DockerfileLine("", lines(comment).strip())


def lines(value: object) -> str:
    """Return a text of several lines, of bounded length."""
    source = value[:TEXT_CHARS].expandtabs(4) if isinstance(value, str) else ""
    return "\n".join(text(line, TEXT_CHARS) for line in source.split("\n"))


def split_instruction(source: str) -> DockerfileLine:
    """Split a line of a Dockerfile in two; a line that is none stays whole."""
    verb, _, rest = source.partition(" ")
    if verb not in SETTINGS | FILES:
        return DockerfileLine("", source)
    rest = rest.strip()
    if verb == "RUN":
        shell = SHELL.match(rest)
        return DockerfileLine(verb, tidy_command(rest[shell.end() :] if shell else rest))
    if copied := COPIED.match(rest):
        what = {"file": "a file", "dir": "a folder", "multi": "files"}[copied["what"]]
        return DockerfileLine(verb, f"{what} → {copied['target']}")
    return DockerfileLine(verb, rest)


def tidy_command(command: str) -> str:
    """Take the indentation of a continued line for what it was: the place where it was broken."""
    return re.sub(r"[ \t]{2,}", " \\\\\n    ", command.strip())
