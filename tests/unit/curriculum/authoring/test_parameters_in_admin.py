"""Edit parameters in the admin's form of an exercise: typed fields, faults at the field."""

import re
from pathlib import Path

import pytest

from curriculum.admin.editor import change_url
from curriculum.loader.contents import stored_contents
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise
from tests.support.curriculum.admin_forms import typed
from tests.support.curriculum.lesson_files import FIRST_CHECK, FOLDER, Edit

pytestmark = pytest.mark.django_db
TABLE = f"{FOLDER}/exercise.toml"
PARAMETERS = """
# Two of them.
[[parameters]]
kind = "random"
name = "port"   # of the server
min = 8000
max = 8990
step = 10

[[parameters]]
name = "ship"
kind = "pick"
options = [ "Argo", "Beagle" ]
"""


@pytest.fixture
def row(edit: Edit, lessons: Path) -> Exercise:
    edit(TABLE, FIRST_CHECK, PARAMETERS + FIRST_CHECK)
    edit(f"{FOLDER}/exercise.md", "Write it down.", "The {{ ship }} at {{ port }}.")
    load_lessons(root=lessons)
    return Exercise.objects.get(slug="kernel")


def table_of(row):
    return stored_contents(row.lesson)["exercises/kernel/exercise.toml"].decode()


def test_saving_it_as_it_is_changes_no_byte(author, row):
    before = stored_contents(row.lesson)
    assert author.post(change_url(row), typed(author.get(change_url(row)))).status_code == 302
    assert stored_contents(row.lesson) == before


def test_each_kind_has_its_own_fields(author, row):
    form = author.get(change_url(row)).context["form"]
    (parameters,) = [field for field in form.fields() if field.part.name == "parameters"]
    names = [[part.part.name for part in row.children if part.shown] for row in parameters.children]
    assert names == [["kind", "name", "min", "max", "step"], ["kind", "name", "options"]]
    assert {part.part.widget for part in parameters.children[0].children[2:] if part.shown} == {
        "number"
    }


def test_a_port_may_be_a_placeholder(author, row):
    more = {
        "kind": "port",
        "id": "open",
        "port": "{{ port }}",
        "message": "m",
        "read": "r",
        "open": "on",
    }
    posted = typed(author.get(change_url(row))) | {
        f"checks-9-{name}": value for name, value in more.items()
    }
    assert author.post(change_url(row), posted).status_code == 302
    assert 'port = "{{ port }}"' in table_of(row)
    page = author.get(change_url(row))
    assert re.search(
        r'type="text"\s+name="checks-2-port"\s+value="{{ port }}"', page.content.decode()
    )
    before = table_of(row)
    assert author.post(change_url(row), typed(page)).status_code == 302
    assert table_of(row) == before


def test_a_change_is_written_and_the_rest_stays(author, row):
    before = table_of(row)
    posted = typed(author.get(change_url(row))) | {"parameters-0-max": "8999"}
    assert author.post(change_url(row), posted).status_code == 302
    after = table_of(row)
    assert "max = 8999" in after
    assert after.partition("[[parameters]]\nname")[2] == before.partition("[[parameters]]\nname")[2]


def test_a_new_one_is_used_or_refused(author, row):
    new = {"parameters-2-kind": "value", "parameters-2-name": "word", "parameters-2-value": "hello"}
    answer = author.post(change_url(row), typed(author.get(change_url(row))) | new)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"parameters[2].name": ["word is used nowhere"]}
    new |= {"body": "The {{ ship }} at {{ port }} says {{ word }} and {{ wird }}."}
    answer = author.post(change_url(row), typed(author.get(change_url(row))) | new)
    assert (
        "there is no parameter wird; known are port, ship, word"
        in answer.context["form"].errors["body"][0]
    )
    new["body"] = new["body"].replace(" and {{ wird }}", "")
    assert author.post(change_url(row), typed(author.get(change_url(row))) | new).status_code == 302
    assert '[[parameters]]\nkind = "value"\nname = "word"\nvalue = "hello"\n' in table_of(row)
