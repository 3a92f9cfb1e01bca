"""Describe *Race*: a container and a virtual machine, started at once."""

import logging
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from panels.base import Action, Arguments, Panel, Topic
from panels.errors import PanelError, PanelRefused
from panels.machine import ObservedMachine
from panels.races.container import race_container
from panels.races.guest import boot_guest, restart_guest
from panels.races.race import RACES, Race
from sandboxes.errors import EngineError
from sandboxes.machine_types.base import EMULATION, MachineType

logger = logging.getLogger(__name__)


def runs_containers(machine_type: MachineType) -> bool:
    """Whether a container can be started in such a machine."""
    return machine_type.has_engine


def runs_guests(machine_type: MachineType) -> bool:
    """Whether a virtual machine can be started in such a machine."""
    return machine_type.runs_guests


def takes_part(machine_type: MachineType) -> bool:
    """Whether such a machine has a contestant."""
    return runs_containers(machine_type) or runs_guests(machine_type)


def read_race(machine: ObservedMachine) -> dict[str, Any]:
    """Return a machine's latest race (Race.snapshot()) with what kind of contestant it has."""
    machine_type = machine.machine_type
    return {
        "side": "container" if machine_type.has_engine else "guest",
        "emulated": machine.accelerator == EMULATION,
        "restarts": machine_type.opens_in_guest,
        **RACES.latest(machine.machine_id).snapshot(),
    }


def start_race(machine: ObservedMachine, _arguments: Arguments) -> dict[str, Any]:
    """Start a machine's contestant, and return {"race": its id}.

    Raises PanelRefused, PanelUnavailable.
    """
    if not takes_part(machine.machine_type):
        raise PanelRefused(_("This machine runs neither containers nor virtual machines."))
    race = RACES.start(machine.machine_id, lambda race: run_race(machine, race))
    return {"race": race.id}


def run_race(machine: ObservedMachine, race: Race) -> None:
    """Run a machine's race to its end, whatever comes."""
    try:
        if machine.machine_type.has_engine:
            race_container(machine, race)
        elif machine.machine_type.opens_in_guest:
            restart_guest(machine, race)
        else:
            boot_guest(machine, race)
    except PanelError as error:
        race.fail(str(error))
    except EngineError as error:
        logger.info("the race of %s: %s", machine.machine_id, error)
        race.fail(_("The machine does not answer."))
    except Exception:  # a panel's fault stays its own
        logger.exception("the race of %s failed", machine.machine_id)
        race.fail(_("Something went wrong on our side."))


PANEL = Panel(
    "race",
    gettext_noop("Race"),
    gettext_noop(
        "A container and a virtual machine, started at the same moment, until each answers."
    ),
    "race",
    position=40,
    fits=takes_part,
    together=(runs_containers, runs_guests),
    # The quick one is watched while a race is on.
    topics=(
        Topic("race-lane", read_race, seconds=10.0),
        Topic("race", read_race, seconds=0.5),
    ),
    actions=(Action("race-start", start_race, changes=True),),
    glossary_terms=("virtual machine", "container", "guest", "emulation", "kernel", "boot"),
)
