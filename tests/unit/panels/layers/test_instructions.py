"""What made a layer is told as its author wrote it."""

import pytest

from panels.layers.instructions import DockerfileLine, parse_instruction

CHECKSUM = "0f" * 32


@pytest.mark.parametrize(
    ("created_by", "verb", "text"),
    [
        # the old builder
        ('/bin/sh -c #(nop)  CMD ["sh"]', "CMD", '["sh"]'),
        ("/bin/sh -c #(nop) WORKDIR /srv/app", "WORKDIR", "/srv/app"),
        ("/bin/sh -c apt-get update", "RUN", "apt-get update"),
        ("|2 VERSION=3 MODE=a b /bin/sh -c make $MODE", "RUN", "make $MODE"),
        (f"/bin/sh -c #(nop) COPY file:{CHECKSUM} in /etc/app ", "COPY", "a file → /etc/app"),
        (f"/bin/sh -c #(nop) ADD dir:{CHECKSUM} in / ", "ADD", "a folder → /"),
        # BuildKit
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update"),
        ("RUN |1 VERSION=3 /bin/sh -c make # buildkit", "RUN", "make"),
        ("COPY . /srv/app # buildkit", "COPY", ". /srv/app"),
        ("ENV LANG=C.UTF-8", "ENV", "LANG=C.UTF-8"),
        ("RUN /bin/bash -c ls # buildkit", "RUN", "/bin/bash -c ls"),
        ("RUN /bin/sh -c echo '# buildkit' # buildkit", "RUN", "echo '# buildkit'"),
        ("RUN /bin/sh -c a  && b # buildkit", "RUN", "a \\\n    && b"),
        # neither
        ("bash", "", "bash"),
        ("", "", "Imported from -"),
    ],
)  # fmt: skip
def test_the_line_of_the_dockerfile(created_by: str, verb: str, text: str) -> None:
    assert parse_instruction(created_by, "Imported from -") == DockerfileLine(verb, text)


@pytest.mark.parametrize(
    "created_by", [None, 7, [], {"a": 1}, "\ud800", "\x1b[2J", "RUN", "|1 /bin/sh -c "]
)
def test_whatever_the_engine_says_is_a_text(created_by: object) -> None:
    instruction = parse_instruction(created_by)
    text = instruction.verb + instruction.text
    assert text.encode().decode() == text
    assert "\x1b" not in text


def test_a_long_instruction_is_cut() -> None:
    assert len(parse_instruction("RUN " + "x" * 100_000).text) <= 2_000
