"""Say what a check expects without showing code: students read words, never a script or a pattern.

What a kind can't say in words of its own, a regular expression or a line for a shell, is left out,
and its author says it in `describe`.
"""

import posixpath
import re
import shlex
from collections.abc import Iterable, Sequence

from core.specs.fields import PLACEHOLDER
from core.specs.outcomes import printable, quoted

# What takes a program as an argument, so that its command line is a script. Of versions, such as
# python3.11, the name alone counts.
INTERPRETERS = frozenset(
    {"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "env", "xargs", "timeout", "nohup"}
    | {"setsid", "python", "perl", "ruby", "node", "php", "lua", "awk", "gawk", "mawk", "sed"}
    | {"grep", "egrep", "find", "expr", "test", "jq"}
)
# A word that means the same to a reader and to a shell.
PLAIN_ARGUMENT = re.compile(r"[\w@%+=:,./ {}-]*")
LITERAL = re.compile(r"(?:[\w /:,@%=~&#<>\"'-]|\\[^\w\s])+")
# What only patterns have, as far as it can be told from prose.
PATTERN_SIGNS = re.compile(
    r"\\[dDwWsSbBAZ]|\(\?[:=!<imsx]|\.[*+][?)$]?|\[\^?[^]\s]*\][*+{?]|\{\d+,\d*\}|\^\S+\$"
)
# What only scripts have.
SCRIPT_SIGNS = re.compile(
    r"\bthen\b.*\bfi\b|\b(?:for|while|until)\b.*;\s*do\b|;\s*(?:done|fi)\b|\b2>&1|2>\s*/dev/null|\$\(\(?|\|\||&&"
    r"|\bdef \w+\(|^\s*import \w+$|#!\s*/",
    re.MULTILINE | re.DOTALL,
)


def is_script(argv: Sequence[str]) -> bool:
    """Whether a command line is more than a program with plain arguments."""
    names = (re.sub(r"[\d.]+$", "", posixpath.basename(word)) for word in argv)
    plain = all(PLAIN_ARGUMENT.fullmatch(word) for word in argv)
    return not plain or any(name in INTERPRETERS for name in names)


def command_words(argv: Sequence[str]) -> str:
    """Name a command for a student: by its line, or not at all when that is a script."""
    if is_script(argv):
        return "what is run to check this"
    return f"`{printable(shlex.join(argv))}`"


def literals_of(pattern: str) -> tuple[str, ...]:
    """Return the texts of which a pattern is the choice; () when it is a real pattern."""
    bare = pattern.removeprefix("^").removesuffix("$") if is_anchored(pattern) else pattern
    parts = bare.split("|")
    sample = PLACEHOLDER.sub("x", bare).split("|")
    if not all(LITERAL.fullmatch(part) for part in sample) or (is_anchored(pattern) and parts[1:]):
        return ()
    return tuple(re.sub(r"\\([^\w\s])", r"\1", part) for part in parts)


def is_anchored(pattern: str) -> bool:
    """Whether a pattern stands for a whole line."""
    return pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith("\\$")


def pattern_words(pattern: str, whole: str, part: str, otherwise: str) -> str:
    """Put the texts of a pattern into `whole` or `part` of a sentence, at `{}`."""
    texts = literals_of(pattern)
    if not texts:
        return otherwise
    words = " or ".join(quoted(text) for text in texts)
    return (whole if is_anchored(pattern) else part).format(words)


def is_telling(line: str) -> bool:
    """Whether a line of code is more than a word that prose may have as well."""
    return len(line) > 12 or (len(line) > 4 and PLAIN_ARGUMENT.fullmatch(line) is None)


def shows_code(words: str, code: Iterable[str]) -> bool:
    """Whether words for a student hold a check's own script or pattern, or look like any."""
    prose = " ".join(words.split())
    held = any(len(text) > 3 and " ".join(text.split()) in prose for text in code)
    lines = [line.strip() for text in code for line in text.splitlines()]
    own = held or any(is_telling(line) and line in words for line in lines)
    unquoted = re.sub(r"`[^`]*`", "", words)
    return own or bool(PATTERN_SIGNS.search(unquoted) or SCRIPT_SIGNS.search(unquoted))
