"""Serve static files with hashes in their names, kept for good and compressed.

Modules still find each other.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings

from accounts.models import User
from core.static.import_map import import_map_json
from curriculum.models import Lesson
from tests.support.learners import client_of

JAVASCRIPT_MAX = 350 * 1024
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']""")
_HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that `manage.py up` collects, and settings that point there."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


@pytest.fixture
def lesson_html(collected: Path, student: User, lesson: Lesson) -> str:
    return client_of(student).get(f"/courses/{lesson.course.slug}/{lesson.slug}/").content.decode()


def file_of(folder: Path, address: str) -> Path:
    return folder / address.removeprefix("/static/")


def resolve(specifier: str, importer: str, imports: dict[str, str]) -> str:
    """The address that a browser would ask for: a path relative to the importer's, then the map."""
    if specifier.startswith("."):
        parts: list[str] = []
        for part in (PurePosixPath(importer).parent / specifier).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        specifier = "/".join(parts).replace("//", "/")
    return imports.get(specifier, specifier)


def modules_of(folder: Path, html: str) -> set[str]:
    """Every module that the page's scripts import, directly or not, now or later."""
    imports = json.loads(re.search(r'type="importmap"[^>]*>(.*?)</script>', html, re.DOTALL)[1])[
        "imports"
    ]
    waiting = re.findall(r'<script\b[^>]*\bsrc="(/static/[^"]+)"', html)
    addresses: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address not in addresses:
            addresses.add(address)
            code = (
                _COMMENT.sub("", file_of(folder, address).read_text()) if "/js/" in address else ""
            )
            waiting += [resolve(name, address, imports) for name in _IMPORT.findall(code)]
    return addresses


def test_every_module_of_the_lesson_page_has_a_hash(collected, lesson_html):
    modules = modules_of(collected, lesson_html)
    assert len(modules) > 15
    assert [name for name in modules if not _HASHED.search(name)] == []
    assert any("/vendor/xterm/" in name for name in modules)


def test_javascript_of_the_lesson_page_is_small(collected, lesson_html):
    sizes = {
        name: packed_size(file_of(collected, name)) for name in modules_of(collected, lesson_html)
    }
    assert sum(sizes.values()) <= JAVASCRIPT_MAX, sizes


def packed_size(path: Path) -> int:
    """Bytes sent to a browser that takes brotli; what isn't worth compressing goes as it is."""
    packed = path.with_name(f"{path.name}.br")
    return (packed if packed.exists() else path).stat().st_size


def test_every_address_on_the_page_exists(collected, lesson_html):
    addresses = re.findall(r'(?:src|href)="(/static/[^"#]+)', lesson_html)
    assert [
        address
        for address in addresses
        if not file_of(collected, address).is_file() or not _HASHED.search(address)
    ] == []


def test_the_map_names_every_module(collected):
    imports = json.loads(import_map_json())["imports"]
    ours = {
        f"/static/js/{path.relative_to('static/js')}" for path in Path("static/js").rglob("*.js")
    }
    assert ours <= set(imports)
    assert all(file_of(collected, address).is_file() for address in imports.values())


def test_browsers_keep_hashed_files_and_get_brotli(collected):
    address = staticfiles_storage.url("css/base.css")
    answer = Client().get(address, headers={"Accept-Encoding": "gzip, br"})
    assert answer["Content-Encoding"] == "br"
    assert "immutable" in answer["Cache-Control"]
    assert int(re.search(r"max-age=(\d+)", answer["Cache-Control"])[1]) >= 31_536_000


def test_browsers_do_not_keep_plain_names(collected):
    assert "immutable" not in Client().get("/static/css/base.css")["Cache-Control"]


def test_a_second_time_compresses_nothing_again(collected):
    packed = file_of(collected, f"{staticfiles_storage.url('js/lib/dom.js')}.br")
    before = packed.stat().st_ctime_ns
    call_command("collectstatic", interactive=False, verbosity=0)
    assert packed.stat().st_ctime_ns == before


def test_a_compressed_file_that_was_cut_short_is_made_again(collected):
    address = staticfiles_storage.url("js/lib/dom.js")
    for ending in ("br", "gz"):
        file_of(collected, f"{address}.{ending}").write_bytes(b"torn")
    call_command("collectstatic", interactive=False, verbosity=0)
    assert file_of(collected, f"{address}.br").read_bytes() != b"torn"


def test_source_maps_stay_at_home(collected):
    assert list(collected.rglob("*.mjs.map")) == []


def test_typefaces_are_served_from_here_and_hold_latin_letters_alone(collected):
    css = file_of(collected, staticfiles_storage.url("css/fonts.css")).read_text()
    faces = re.findall(r'url\("([^"]+)"\)', css)
    assert len(faces) == 6
    served = {(collected / "css" / face).resolve() for face in faces}
    assert all(face.is_file() and _HASHED.search(face.name) for face in served)
    collected_faces = list((collected / "vendor/fonts").rglob("*.woff2"))
    assert all("-latin-" in face.name for face in collected_faces)


def test_the_preloaded_typefaces_are_those_of_the_style_sheet(collected, lesson_html):
    css = file_of(collected, staticfiles_storage.url("css/fonts.css")).read_text()
    preloaded = re.findall(r'<link rel="preload"\s+href="([^"]+)"\s+as="font"', lesson_html)
    assert len(preloaded) == 2
    assert all(address.removeprefix("/static/") in css for address in preloaded)
