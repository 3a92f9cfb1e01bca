"""Register pydantic models by their `kind`, and choose among them by it.

A registry imports every module of its packages when it is first asked, so a kind is there as soon
as its module is: no list names them. The types that it makes for pydantic ask the registry whenever
they validate, so a kind that is registered later is taken too.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

BaseT = TypeVar("BaseT", bound=BaseModel)
KindT = TypeVar("KindT", bound=BaseModel)


class KindRegistry(Generic[BaseT]):
    """Know the kinds that the modules of some packages register.

    Used as an annotation of the kinds' base class, it makes that type a union told apart by `kind`.
    """

    def __init__(self, *packages: str) -> None:
        self._packages = packages
        self._scanned = False
        self._by_kind: dict[str, tuple[int, type[Any]]] = {}
        self._adapter: TypeAdapter[BaseT] | None = None

    def register(self, position: int = 1000) -> Callable[[type[KindT]], type[KindT]]:
        """Decorate the model of a kind. `position` is its place in lists and forms."""

        def add(model: type[KindT]) -> type[KindT]:
            kind = kind_name(model)
            if kind in self._by_kind:
                raise ValueError(f"there is a kind {kind} already")
            self._by_kind[kind] = (position, model)
            self._adapter = None
            return model

        return add

    @contextmanager
    def registered(self, model: type[KindT], position: int = 1000) -> Iterator[type[KindT]]:
        """Register a kind for as long as the block runs."""
        self.register(position)(model)
        try:
            yield model
        finally:
            del self._by_kind[kind_name(model)]
            self._adapter = None

    def models(self) -> dict[str, type[BaseT]]:
        """Return every kind's model by the kind's name, in the order of their positions."""
        if not self._scanned:
            for package in map(importlib.import_module, self._packages):
                for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                    importlib.import_module(module.name)
            self._scanned = True
        ordered = sorted(self._by_kind.items(), key=lambda item: item[1][0])
        return {kind: model for kind, (_, model) in ordered}

    def names(self) -> str:
        """Return the names of all kinds as a part of a sentence: "file, command or process"."""
        *names, last = self.models()
        return f"{', '.join(names)} or {last}"

    def adapter(self) -> TypeAdapter[BaseT]:
        """Return what validates a value as the kind that it names."""
        models = self.models()
        if self._adapter is None:
            union: Any = reduce(or_, models.values())
            self._adapter = TypeAdapter(Annotated[union, Field(discriminator="kind")])
        return self._adapter

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: self.adapter().validate_python(value)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self.adapter().core_schema)


class KindNames:
    """Describe a text, to readers of a JSON schema, as the name of a registered kind."""

    def __init__(self, registry: KindRegistry[Any]) -> None:
        self._registry = registry

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(self._registry.models())}


def kind_name(model: type[BaseModel]) -> str:
    """Return the name of the kind that a model is of."""
    return str(model.model_fields["kind"].default)
