"""Rename a machine with everything that names it, in one step."""

import pytest

from curriculum.admin.editor import change_url
from curriculum.authoring.machine_names import mentions, rename_machines
from curriculum.models import Lesson
from sandboxes.homes import home_name, move_homes
from tests.support.curriculum.admin_forms import typed

LESSON = b"""\
---
title: T
machines: [{name: box}]
---

Ask box.

- ```bash run=box
  ls # run=box
  ```

````md
```sh run=box
````

> ~~~sh  run=boxes
> ~~~
"""


def rename(contents, **names: str):
    return {path: content.decode() for path, content in rename_machines(contents, names).items()}


def test_blocks_run_in_the_new_name_and_words_stay():
    text = rename({"lesson.md": LESSON}, box="crate")["lesson.md"]
    assert "- ```bash run=crate\n  ls # run=box\n" in text
    assert "Ask box." in text
    assert "````md\n```sh run=box\n" in text
    assert "run=boxes" in text
    assert "name: box" in text  # which the form itself writes


def test_exercises_and_folders_follow():
    files = {
        "exercises/a/exercise.md": b"---\ntitle: A  # kept\nmachine: box\n---\nText\n",
        "exercises/b/exercise.md": b"---\ntitle: B\nmachine: other\n---\nText\n",
        "machines/box/Dockerfile": b"FROM drydock/linux\n",
        "machines/box/files/x": b"1",
        "machines/other/Dockerfile": b"FROM drydock/linux\n",
    }
    renamed = rename(files, box="crate")
    assert renamed["exercises/a/exercise.md"] == (
        "---\ntitle: A  # kept\nmachine: crate\n---\nText\n"
    )
    assert renamed["exercises/b/exercise.md"] == files["exercises/b/exercise.md"].decode()
    assert sorted(path for path in renamed if path.startswith("machines/")) == [
        "machines/crate/Dockerfile",
        "machines/crate/files/x",
        "machines/other/Dockerfile",
    ]


def test_two_machines_swap_their_names():
    files = {
        "exercises/a/exercise.md": b"---\nmachine: box\n---\n```sh run=web\n```\n",
        "exercises/b/exercise.md": b"---\nmachine: web\n---\n",
    }
    renamed = rename(files, box="web", web="box")
    assert renamed["exercises/a/exercise.md"] == "---\nmachine: web\n---\n```sh run=box\n```\n"
    assert renamed["exercises/b/exercise.md"] == "---\nmachine: box\n---\n"


def test_what_names_none_keeps_its_bytes():
    files = {"exercises/a/exercise.md": b"\xef\xbb\xbf---\r\nmachine: web\r\n---\r\n"}
    assert rename_machines(files, {"box": "crate"}) == files


def test_words_are_listed_for_people_to_look_at():
    files = {"a.md": b"ping box", "b.sh": b"box-2 my-box boxes", "c.svg": b"box"}
    assert mentions(files, "box") == ["a.md"]


@pytest.mark.django_db
def test_the_form_renames_a_machine_that_exercises_use(author, loaded):
    posted = typed(author.get(change_url(loaded)))
    posted |= {"machines-0-name": "crate", "body": posted["body"] + "\n\n```sh run=box\nls\n```"}
    response = author.post(change_url(loaded), posted, follow=True)
    assert "The machine box is crate now" in response.content.decode()
    loaded.refresh_from_db()
    assert loaded.machines[0]["name"] == "crate"
    assert {row.machine for row in loaded.exercises.all()} == {"crate"}
    assert "run=crate" in loaded.source
    stored = {row.path: bytes(row.content).decode() for row in loaded.files.all()}
    assert "machine: crate" in stored["exercises/kernel/exercise.md"]
    assert "was:" not in stored["lesson.md"]


@pytest.mark.django_db
def test_a_row_that_was_moved_or_put_in_keeps_its_own_name(author, loaded):
    posted = typed(author.get(change_url(loaded)))
    first = {key: posted.pop(key) for key in list(posted) if key.startswith("machines-0-")}
    posted |= {"machines-5-name": "new", "machines-5-kind": "linux", "machines-5-was": ""}
    assert author.post(change_url(loaded), posted | first).status_code == 302
    lesson = Lesson.objects.get()
    assert [machine["name"] for machine in lesson.machines] == ["new", "box"]
    assert {row.machine for row in lesson.exercises.all()} == {"box"}


def test_kept_homes_follow_the_names(settings, tmp_path):
    settings.HOMES_DIR = tmp_path
    one, two = (home_name("boxes/first", name) for name in ("web", "db"))
    for user, name, content in (("1", one, "web"), ("1", two, "db"), ("2", one, "other")):
        (tmp_path / user).mkdir(exist_ok=True)
        (tmp_path / user / f"{name}.tar.gz").write_text(content)
    move_homes({one: two, two: one})
    texts = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.glob("*/*")}
    assert texts == {
        f"1/{two}.tar.gz": "web",
        f"1/{one}.tar.gz": "db",
        f"2/{two}.tar.gz": "other",
    }
