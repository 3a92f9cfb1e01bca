"""Say what a panel is: what it reads of a machine, and what may be asked through it.

Whatever a machine says may be forged by its student, who is root there: panels show it as text,
decide nothing by it, and bound it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from panels.machine import ObservedMachine
from sandboxes.machine_types.base import MachineType

JsonValue = Any
Arguments = Mapping[str, JsonValue]


def every_machine(_machine_type: MachineType) -> bool:
    """Let a panel be there for every type of machine."""
    return True


def with_engine(machine_type: MachineType) -> bool:
    """Let a panel be there for machines with a Docker engine of their own."""
    return machine_type.has_engine


@dataclass(frozen=True)
class Topic:
    """Describe something that is observed in a machine for as long as somebody looks.

    `sample` reads it, within a few seconds and bounded in size; it raises EngineError. It runs at
    most every `pause_seconds`, at least every `seconds`, and sooner after something has happened in
    the machine when `follows_events`. However many pages watch, a machine is sampled once.
    """

    name: str
    sample: Callable[[ObservedMachine], JsonValue]
    seconds: float
    follows_events: bool = False
    pause_seconds: float = 0.25


@dataclass(frozen=True)
class Action:
    """Describe something that a panel asks for once.

    `run` checks the arguments, which come from a browser. It raises PanelError and EngineError.
    Only the machine's owner may ask for what `changes` the machine; who watches may ask for the
    rest.
    """

    name: str
    run: Callable[[ObservedMachine, Arguments], JsonValue]
    changes: bool = False
    seconds: float = 15.0


@dataclass(frozen=True)
class Panel:
    """Describe a panel. Each is one module of panels/kinds/, which calls it PANEL.

    `script` is a module of static/js/panels/ that exports `openPanel`, `stylesheet` one of
    static/css/panels/; both load when the panel is opened. `explains` says in a line what is seen
    (it and `title` are translated where they are shown), `icon` names a symbol of the page's
    sprite, and `fits` says for which types of machines a lesson has it; of machines that it needs
    `together`, the lesson must have one of each.
    `glossary_terms` are what the panel shows: a lesson's text about them is found by these.
    """

    name: str
    title: str
    explains: str
    icon: str
    position: int = 1000
    fits: Callable[[MachineType], bool] = every_machine
    together: tuple[Callable[[MachineType], bool], ...] = ()
    topics: tuple[Topic, ...] = ()
    actions: tuple[Action, ...] = ()
    glossary_terms: tuple[str, ...] = ()
    data: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"js/panels/{self.name}/panel.js"

    @property
    def stylesheet(self) -> str:
        return f"css/panels/{self.name}.css"

    def is_for(self, machine_types: Iterable[MachineType]) -> bool:
        """Whether a lesson with machines of these types has the panel."""
        types = list(machine_types)
        return all(any(fits(each) for each in types) for fits in (self.fits, *self.together))
