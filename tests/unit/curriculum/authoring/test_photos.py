"""Upload pictures of pixels, show them in a page, and write them back as files."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from core.budgets import AUTHOR
from curriculum.authoring import photo_process
from curriculum.authoring.photo_process import TOO_BUSY, TOO_MUCH
from curriculum.authoring.photos import UPLOAD_BYTES, UPLOAD_SIDE, clean_photo
from curriculum.authoring.pictures import picture_name
from curriculum.authoring.service import save_files
from curriculum.authoring.stamps import lesson_stamp
from curriculum.errors import InvalidLessonFiles, UnusablePicture
from curriculum.loader.dump import dump_lessons
from curriculum.models import Lesson
from curriculum.rendering.photos import MAX_BYTES, Photo, check_photo
from tests.support.paths import ROOT


def picture(form="PNG", size=(8, 6), **how: object):
    stream = BytesIO()
    Image.new("RGB", size, "teal").save(stream, form, **how)
    return stream.getvalue()


def claims(width, height):
    """Return a PNG that says to be as large, and has no pixels."""
    parts = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT")
    chunks = [
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("form", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg"), ("WEBP", "a.webp")]
)
def test_each_type_comes_through(form, name):
    content, done = clean_photo(picture(form), name)
    assert check_photo(content, name) == Photo(8, 6)
    assert done == []


def test_nothing_hidden_comes_along():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content, _ = clean_photo(picture("JPEG", exif=exif, comment=b"secret") + b"appended", "a.jpg")
    assert not any(word in content for word in (b"taken at home", b"secret", b"appended"))


def test_a_camera_held_sideways_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    content, _ = clean_photo(picture("JPEG", exif=exif), "a.jpg")
    assert check_photo(content, "a.jpg") == Photo(6, 8)


def test_grey_of_sixteen_bits_stays_grey():
    stream = BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(stream, "PNG")
    content, _ = clean_photo(stream.getvalue(), "a.png")
    assert Image.open(BytesIO(content)).getpixel((0, 0)) == (128, 128, 128)


def test_a_large_one_is_made_smaller():
    content, done = clean_photo(picture("JPEG", (4800, 24)), "a.jpg")
    assert check_photo(content, "a.jpg").width == UPLOAD_SIDE
    assert done == ["made smaller: 2,400 × 12 pixels"]


def photographic(form, side):
    """A picture that compresses as badly as a photograph, or worse."""
    stream = BytesIO()
    pixels = Image.effect_noise((side, side), 40).convert("RGB")
    pixels.save(stream, form, quality=97)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("form", "name", "side"), [("PNG", "a.png", 1200), ("JPEG", "a.jpg", 2400)]
)
def test_one_that_stays_too_large_gets_fewer_pixels_until_it_fits(form, name, side):
    content = photographic(form, side)
    assert MAX_BYTES < len(content) < UPLOAD_BYTES
    fitted, done = clean_photo(content, name)
    assert len(fitted) <= MAX_BYTES
    assert check_photo(fitted, name).width >= 760
    assert done[0].startswith("made smaller: ")


def test_the_admin_takes_what_is_promised(author, loaded):
    answer = upload(author, loaded, "photo.png", photographic("PNG", 1200))
    assert answer.status_code == 200, answer.json()
    assert len(bytes(loaded.files.get(path="photo.png").content)) <= MAX_BYTES


def test_what_takes_too_much_memory_is_refused_in_words(author, loaded, monkeypatch):
    monkeypatch.setattr(photo_process, "MODULE", "tests.support.curriculum.greedy_process")
    monkeypatch.setattr(photo_process, "SOURCES", ROOT)
    answer = upload(author, loaded, "a.png", picture())
    assert (answer.status_code, answer.json()["error"]) == (422, f"The file {TOO_MUCH}.")


def test_one_is_looked_at_at_a_time(author, loaded, monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(photo_process, "AUTHOR", replace(AUTHOR, picture_seconds=0))
    with photo_process.take_turn(tmp_path):
        answer = upload(author, loaded, "a.png", picture())
    assert (answer.status_code, answer.json()["error"]) == (422, f"The file {TOO_BUSY}.")


@pytest.mark.parametrize("depth", [65, 5_000, 20_000])
def test_a_drawing_nested_too_deep_is_refused_in_words(author, loaded, depth):
    body = "<g>" * (depth - 1) + "</g>" * (depth - 1)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{body}</svg>'
    answer = upload(author, loaded, "deep.svg", svg.encode())
    assert answer.status_code == 422
    assert "more than 64 elements within each other" in answer.json()["error"]


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"\x89PNG", "a.png", "can't be read"),
        (b"GIF89a" + bytes(20), "a.png", "can't be read"),
        (picture()[:40], "a.png", "can't be read"),
        (picture("JPEG"), "a.png", "is a JPEG picture, whatever its name says: call it a.jpg"),
        (bytes(UPLOAD_BYTES + 1), "a.png", "is larger than"),
        (picture(size=(6000, 6000)), "a.png", "has more than 24,000,000 pixels"),
        (claims(50_000, 50_000), "a.png", "has more than 24,000,000 pixels"),
    ],
)
def test_what_is_none_is_refused(content, name, why):
    with pytest.raises(UnusablePicture, match=why):
        clean_photo(content, name)


def test_names_become_safe():
    assert picture_name("../My Photo.v2.JPEG") == "my-photo-v2.jpg"


def upload(author, lesson, name, content, **fields: str):
    files = reverse("admin:curriculum_files", args=[lesson.pk])
    return author.post(files, {"file": SimpleUploadedFile(name, content), **fields})


def place(lesson, text):
    path = "lesson.md"
    old = bytes(lesson.files.get(path=path).content)
    return save_files(lesson=lesson, add={path: old + text.encode()})


@pytest.fixture
def lesson_with_photo(author: Client, loaded: Lesson) -> tuple[Lesson, str]:
    """Upload a photograph that a lesson shows; returns the lesson and the address."""
    assert upload(author, loaded, "Dock.JPG", picture("JPEG")).json()["name"] == "dock.jpg"
    lesson = place(loaded, '\n![A dock](dock.jpg "The dock")\n')
    return lesson, lesson.blocks[-1]["html"].partition('src="')[2].partition('"')[0]


def test_it_stands_in_the_page_with_its_size(lesson_with_photo):
    lesson, _ = lesson_with_photo
    assert 'alt="A dock" width="8" height="6" loading="lazy">' in lesson.blocks[-1]["html"]
    assert "<figcaption>The dock</figcaption>" in lesson.blocks[-1]["html"]


def test_it_is_served_and_kept_by_browsers(author, lesson_with_photo):
    lesson, address = lesson_with_photo
    page = reverse("lesson", args=[lesson.course.slug, lesson.slug])
    response = author.get(page + address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert "immutable" in response["Cache-Control"]
    assert author.get(page + "pictures/dock.jpg")["Cache-Control"] == "no-cache"
    assert author.get(page + "pictures/lesson.md").status_code == 404


def test_strangers_do_not_get_it(client, lesson_with_photo):
    lesson, address = lesson_with_photo
    client.logout()
    assert (
        client.get(reverse("lesson", args=[lesson.course.slug, lesson.slug]) + address).status_code
        == 302
    )


def test_one_in_use_stays_and_says_where(author, lesson_with_photo):
    lesson, _ = lesson_with_photo
    files = reverse("admin:curriculum_files", args=[lesson.pk])
    refused = author.post(files, {"remove": "dock.jpg"})
    assert refused.status_code == 422
    assert "still used by the lesson's text" in refused.json()["error"]
    assert lesson.files.filter(path="dock.jpg").exists()


def test_one_that_nobody_uses_goes(author, loaded):
    upload(author, loaded, "dock.png", picture())
    files = reverse("admin:curriculum_files", args=[loaded.pk])
    assert author.post(files, {"remove": "dock.png"}).json()["name"] == "dock.png"
    assert not loaded.files.filter(path="dock.png").exists()
    assert author.post(files, {"remove": "dock.png"}).status_code == 422


def test_it_is_dumped_byte_for_byte(lesson_with_photo, tmp_path):
    lesson, _ = lesson_with_photo
    dump_lessons(root=tmp_path)
    dumped = tmp_path / lesson.course.slug / lesson.folder / "dock.jpg"
    assert dumped.read_bytes() == bytes(lesson.files.get(path="dock.jpg").content)


def test_a_picture_without_words_is_refused(author, loaded):
    upload(author, loaded, "dock.png", picture())
    with pytest.raises(InvalidLessonFiles, match="needs a text that says what it shows"):
        place(loaded, "\n![](dock.png)\n")


def test_one_is_replaced_where_it_stands(author, lesson_with_photo):
    lesson, address = lesson_with_photo
    answer = upload(author, lesson, "new.jpg", picture("JPEG", (20, 10)), replace="dock.jpg").json()
    assert answer["name"] == "dock.jpg"
    assert "Used by the lesson&#x27;s text." in answer["html"]
    lesson.refresh_from_db()
    assert answer["stamp"] == lesson_stamp(lesson)
    assert 'width="20"' in lesson.blocks[-1]["html"]
    assert address not in lesson.blocks[-1]["html"]


@pytest.mark.parametrize(
    ("name", "replace", "why"),
    [
        ("dock.jpg", "", "has the name of one that is there"),
        ("new.jpg", "gone.jpg", "is not there any more"),
        ("new.jpg", "../../../dock.jpg", "is not there any more"),
        ("new.png", "dock.jpg", "is another kind of picture than dock.jpg"),
    ],
)
def test_what_can_not_take_a_place_is_refused(author, lesson_with_photo, name, replace, why):
    lesson, _ = lesson_with_photo
    refused = upload(
        author, lesson, name, picture("PNG" if name.endswith("png") else "JPEG"), replace=replace
    )
    assert refused.status_code == 422
    assert why in refused.json()["error"]
    assert list(lesson.files.filter(path__endswith="g").values_list("path", flat=True)) == [
        "dock.jpg"
    ]


def test_a_page_that_somebody_overtook_sends_nothing(author, loaded):
    stamp = lesson_stamp(loaded)
    lesson = place(loaded, "\nMore.\n")
    refused = upload(author, loaded, "dock.png", picture(), stamp=stamp)
    assert refused.status_code == 422
    assert "Somebody else has saved this" in refused.json()["error"]
    assert (
        upload(author, loaded, "dock.png", picture(), stamp=lesson_stamp(lesson)).status_code == 200
    )
