"""Draw what differs from student to student in an exercise: the values of its parameters.

Nothing is stored for it: a value is drawn by a hash of who and where, so a student always gets the
same, on every host and version of Python. The draw (version 1) begins with the first eight bytes,
big-endian, of the SHA-256 of these parts with a zero byte between them: `drydock-parameters-1`, the
seed, the parameter's name. The seed of a student is `<user id>/<course>/<lesson>/<exercise>`. Then

- `pick` takes the option with the greatest number, each drawn with the option as a fourth part
  (rendezvous hashing), so that another order changes nothing, one more option moves only those who
  get it, and one less only those who had it;
- `random` takes step number n of its range, n by jump consistent hashing, so that a longer range
  moves only those who get something new (J. Lamping, E. Veach: A Fast, Minimal Memory, Consistent
  Hash Algorithm, https://arxiv.org/abs/1406.2294).
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core.specs.error_messages import shape
from core.specs.fields import TEMPLATE_WORDS

Values = Mapping[str, str]

DRAW_VERSION = "drydock-parameters-1"
# The multiplier and the two powers of the paper's linear congruential generator.
JUMP_MULTIPLIER, WORD_RANGE, TOP_BITS_RANGE = 2862933555777941757, 1 << 64, 1 << 31


def refuse_template_word(value: str) -> str:
    """Return a name that means nothing in templates. Raises PydanticCustomError for others."""
    if value in TEMPLATE_WORDS:
        raise PydanticCustomError("name", "has another meaning in templates; choose another name")
    return value


Name = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z][a-z0-9_]*$",
            "must begin with a small letter and go on with small letters, digits and underscores",
        ),
        max_length=30,
    ),
    AfterValidator(refuse_template_word),
]
# Shells, Markdown, HTML and regular expressions take such a text for itself, in quotes or not.
VALUE_PATTERN = shape(
    r"^[\p{L}\p{N}/]([\p{L}\p{N} ._:/@+=,%-]*[\p{L}\p{N}])?$",
    "may have letters, digits, spaces and ._:/@+=,%- between a first and a last letter or digit",
)
Value = Annotated[str, StringConstraints(pattern=VALUE_PATTERN, max_length=100)]
Bound = Annotated[int, Field(strict=True, ge=-999_999_999, le=999_999_999)]


class BaseParameter(BaseModel):
    """Define what every parameter has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[
        Name,
        Field(description="Stands for the value: {{ name }} in the task, checks and scripts."),
    ]


class ValueParameter(BaseParameter):
    """Give everybody the same text, for use in several places."""

    kind: Literal["value"] = "value"
    value: Annotated[Value, Field(description="The same for every student.")]

    def draw(self, seed: str) -> str:
        """Return the value for a seed."""
        return self.value

    def samples(self) -> tuple[str, ...]:
        """Return values with which an exercise has to make sense."""
        return (self.value,)


class PickParameter(BaseParameter):
    """Give each student an option out of several."""

    kind: Literal["pick"] = "pick"
    options: Annotated[
        tuple[Value, ...],
        Field(min_length=2, max_length=100, description="One for each student; one a line."),
    ]

    def draw(self, seed: str) -> str:
        """Return the value for a seed."""
        return max(self.options, key=lambda option: (hash_number(seed, self.name, option), option))

    def samples(self) -> tuple[str, ...]:
        """Return values with which an exercise has to make sense."""
        return self.options

    @model_validator(mode="after")
    def options_differ(self) -> Self:
        """Refuse an option that is there twice."""
        for index, option in enumerate(self.options):
            if option in self.options[:index]:
                raise PydanticCustomError(
                    "twice", "{value} is there twice", {"value": option, "at": ("options", index)}
                )
        return self


class RandomParameter(BaseParameter):
    """Give each student a whole number from `min` to `max`, in steps from the lower."""

    kind: Literal["random"] = "random"
    min: Annotated[Bound, Field(description="The least number.")]
    max: Annotated[Bound, Field(description="The greatest number.")]
    step: Annotated[
        int, Field(strict=True, ge=1, le=999_999_999, description="From one number to the next.")
    ] = 1

    def draw(self, seed: str) -> str:
        """Return the value for a seed."""
        return str(self.min + self.step * jump_hash(hash_number(seed, self.name), self.count))

    def samples(self) -> tuple[str, ...]:
        """Return values with which an exercise has to make sense."""
        return str(self.min), str(self.min + self.step * (self.count - 1))

    @property
    def count(self) -> int:
        """Return how many numbers there are."""
        return (self.max - self.min) // self.step + 1

    @model_validator(mode="after")
    def has_two_numbers(self) -> Self:
        """Refuse a range that leaves no choice."""
        if self.max < self.min + self.step:
            raise PydanticCustomError("range", "leaves fewer than two numbers", {"at": ("max",)})
        return self


ParameterSpec = Annotated[
    ValueParameter | PickParameter | RandomParameter, Field(discriminator="kind")
]


def student_seed(user_id: int, exercise: str) -> str:
    """Return the seed of a student at an exercise, `course/lesson/exercise`."""
    return f"{user_id}/{exercise}"


def draw(parameters: Iterable[ParameterSpec], seed: str) -> dict[str, str]:
    """Return the values of an exercise's parameters for a seed, by name."""
    return {parameter.name: parameter.draw(seed) for parameter in parameters}


def hash_number(*parts: str) -> int:
    """Return 64 bits of the hash of some texts."""
    digest = hashlib.sha256("\0".join((DRAW_VERSION, *parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def jump_hash(key: int, buckets: int) -> int:
    """Return the bucket of a key, from 0; figure 1 of the paper."""
    bucket, following = -1, 0
    while following < buckets:
        bucket = following
        key = (key * JUMP_MULTIPLIER + 1) % WORD_RANGE
        following = int((bucket + 1) * (TOP_BITS_RANGE / ((key >> 33) + 1)))
    return bucket
