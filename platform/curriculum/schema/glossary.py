"""Define a course's glossary: what its texts call a thing, and what that is."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from core.specs.fields import LINES
from curriculum.schema.specs import Spec

GLOSSARY_FILE = "glossary.toml"
FORMS_MAX = 8
TERMS_MAX = 200
Word = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=2,
        max_length=40,
        pattern=r"^[^\s<>&](?:[^\n<>&]*[^\s<>&])?$",
    ),
]
Meaning = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), LINES
]


class TermSpec(Spec):
    """Define a term; `forms` are other words for it that texts use, such as its plural."""

    term: Word
    meaning: Meaning
    forms: Annotated[tuple[Word, ...], Field(max_length=FORMS_MAX)] = ()


class GlossarySpec(Spec):
    """Define the terms of a course, in any order."""

    terms: Annotated[tuple[TermSpec, ...], Field(max_length=TERMS_MAX)] = ()

    @field_validator("terms")
    @classmethod
    def words_differ(cls, terms: tuple[TermSpec, ...]) -> tuple[TermSpec, ...]:
        """Refuse a word that two terms claim, or that a term lists twice."""
        known: set[str] = set()
        for index, term in enumerate(terms):
            for place, word in word_places(term):
                if word.casefold() in known:
                    context = {"word": word, "at": (index, *place)}
                    raise PydanticCustomError("twice", "{word} is there twice", context)
                known.add(word.casefold())
        return terms


def word_places(term: TermSpec) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the words of a term, each with where in it the word stands."""
    forms = [(("forms", index), form) for index, form in enumerate(term.forms)]
    return [(("term",), term.term), *forms]
