"""The workspace speaks another language as a whole: its templates and its scripts."""

import re
import struct
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from curriculum.models import Lesson
from tests.support.learners import client_of
from tests.support.paths import ROOT

SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
# What authors write, what is the same everywhere, a program's output and people's names.
CONTENT = ("prose", "lesson__title", "exercise__title", "account__name", "brand__name")
SAME = re.compile(r"Drydock|Esc|Tab|Ctrl|Shift|F6|[A-Z]|[^A-Za-z]+|box")
MARKED = re.compile(r"⟦.*?⟧", re.DOTALL)
# For consoles and programmers, not for readers: errors that name a fault of ours.
NOT_SHOWN = ("throw new Error", "console.", "new Error(")


def mark(text):
    return f"⟦{text}⟧"


@pytest.fixture
def other_language(monkeypatch):
    """Every text that goes through gettext comes back marked."""
    monkeypatch.setattr(translation._trans, "gettext", mark, raising=False)
    monkeypatch.setattr(
        translation._trans, "pgettext", lambda context, text: mark(text), raising=False
    )
    monkeypatch.setattr(
        translation._trans,
        "ngettext",
        lambda singular, many, number: mark(singular if number == 1 else many),
        raising=False,
    )


class Chrome(HTMLParser):
    """Collects what a reader sees or hears, outside authors' content and code."""

    LEFT_OUT = ("script", "style", "code", "pre", "kbd", "title", "svg")
    VOID = ("meta", "link", "input", "br", "img", "use", "path", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.depths, self.left_out, self.said = [], 0, []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.said += [
            attributes[name]
            for name in ("aria-label", "title", "placeholder")
            if attributes.get(name)
        ]
        if tag in self.VOID:
            return
        skips = tag in self.LEFT_OUT or any(
            name in (attributes.get("class") or "").split() for name in CONTENT
        )
        self.depths.append(skips)
        self.left_out += skips

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self.left_out -= self.depths.pop()

    def handle_data(self, data):
        if not self.left_out:
            self.said.append(data)


def test_no_english_is_left_in_the_workspace(student, lesson, exercise, other_language):
    page = client_of(student).get(f"/courses/{lesson.course.slug}/{lesson.slug}/").content.decode()
    chrome = Chrome()
    chrome.feed(MARKED.sub("", page))
    names = {
        lesson.course.title,
        lesson.summary,
        exercise.title,
        *(m["name"] for m in lesson.machines),
    }
    names |= set(Lesson.objects.values_list("title", flat=True))
    rest = {text.strip() for text in chrome.said}
    for name in sorted(names - {""}, key=len, reverse=True):
        rest = {text.replace(name, "").strip() for text in rest}
    assert "⟦" in page
    assert {text for text in rest if not SAME.fullmatch(text)} - {""} == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_says_anything_past_gettext(path):
    """Whatever looks like a sentence stands in gettext or ngettext."""
    if path.parent.name == "admin":
        pytest.skip("not the learner's")
    code = re.sub(
        r"/\*.*?\*/|^\s*//.*?$|\s//\s.*?$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE
    )
    code = re.sub(r"n?gettext\((?:[^()]|\([^()]*\))*\)", "", code)
    lines = [line for line in code.splitlines() if not any(word in line for word in NOT_SHOWN)]
    sentences = re.findall(r"""["`][^"`\n]*[A-Z][a-z']+ [a-z][^"`\n]*["`]""", "\n".join(lines))
    assert sentences == []


def catalogue_of(translations):
    """A .mo file (https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html)."""
    pairs = sorted((original.encode(), other.encode()) for original, other in translations.items())
    at = 28 + 16 * len(pairs)
    tables, texts = ([], []), b""
    for column in (0, 1):
        for pair in pairs:
            tables[column].append(struct.pack("<II", len(pair[column]), at + len(texts)))
            texts += pair[column] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    return header + b"".join(tables[0]) + b"".join(tables[1]) + texts


def test_scripts_get_the_translations(tmp_path, settings):
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    texts = {"": "Content-Type: text/plain; charset=UTF-8\n", "Dismiss": "Fermi"}
    (folder / "djangojs.mo").write_bytes(catalogue_of(texts))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGE_CODE = "eo"
    trans_real._translations.clear()
    answer = Client().get("/words.js")
    assert '"Dismiss": "Fermi"' in answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert "max-age=3600" in answer["Cache-Control"]


def test_the_lesson_loads_them_before_its_modules(student, lesson):
    page = client_of(student).get(f"/courses/{lesson.course.slug}/{lesson.slug}/").content.decode()
    assert page.index('src="/words.js"') < page.index("js/lesson")


def test_english_needs_no_catalogue(django_assert_num_queries):
    assert Client().get("/words.js").status_code == 200
