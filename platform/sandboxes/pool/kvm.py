"""What runs the guests of a host's virtual machines: the processor's own support (KVM) for the kinds that the operator
allows it, where a guest has booted on it; else emulation.

The device's presence says little: it is there on hosts on which no guest starts. So a guest is booted with it, with the
very image that students' machines are made from and under their limits, once for each start of the platform and each
new image.
"""

import logging
from dataclasses import dataclass, replace

from django.conf import settings

from core.task_queue import queue_task
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import Limits
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing
from sandboxes.hosts import engine_for
from sandboxes.machine_types.base import EMULATION, KVM, KVM_DEVICE, MachineType
from sandboxes.machine_types.registry import machine_types
from sandboxes.models import Host

logger = logging.getLogger(__name__)

TRY_SECONDS = 60.0


@dataclass(frozen=True)
class Tried:
    """Whether a guest booted on KVM, and if not, why."""

    works: bool
    words: str


def accelerator_of(host: Host, kind: MachineType) -> str:
    """What runs the guests of a new machine: "kvm", "tcg", or "" for a kind that runs none."""
    allowed = kind.runs_guests and kind.name in settings.KVM_KINDS
    if allowed and host.kvm_works:
        return KVM
    return EMULATION if kind.runs_guests else ""


def trial_type() -> MachineType:
    """Return the type of machine in which a guest is booted to see whether KVM works."""
    return next(each for each in machine_types() if each.kvm_trial)


def limits_with(limits: Limits, accelerator: str) -> Limits:
    """A kind's limits, and the device that the accelerator needs."""
    return replace(limits, devices=(*limits.devices, KVM_DEVICE)) if accelerator == KVM else limits


def try_kvm(engine: SandboxEngine, image: str) -> Tried:
    """Boot a guest on the engine's /dev/kvm, without emulation to fall back on. Raises EngineUnavailable."""
    tried = trial_type()
    try:
        fact = engine.smoke_test(image, (tried.kvm_trial,), limits_with(tried.limits, KVM), TRY_SECONDS)
    except EngineUnavailable:
        raise
    except ImageMissing:
        return Tried(False, "not tried yet: the image of virtual machines is not built")
    except EngineError as error:
        return Tried(False, str(error))
    return Tried(True, "a guest boots on it") if fact.exit_code == 0 else Tried(False, fact.output)


def want_trial(host: Host, image: ImageFact | None) -> None:
    """Queue a trial where one is due: KVM is allowed, and it was not tried with this image."""
    if settings.KVM_KINDS and image and host.kvm_tried_with != image.id:
        queue_task("sandboxes.try_kvm", str(host.pk))


def learn_kvm(host: Host, image: ImageFact) -> None:
    """Try it and keep the answer; until it is there, new machines emulate. Of two workers one does it."""
    rows = Host.objects.filter(pk=host.pk)
    if not rows.exclude(kvm_tried_with=image.id).update(
        kvm_tried_with=image.id, kvm_works=False, kvm_words="being tried"
    ):
        return
    try:
        tried = try_kvm(engine_for(host), image.id)
    except EngineUnavailable:
        rows.update(kvm_tried_with="")  # another time
        raise
    rows.update(kvm_works=tried.works, kvm_words=tried.words)
    logger.log(
        logging.INFO if tried.works else logging.WARNING,
        "virtual machines on %s: %s (KVM: %s)",
        host,
        KVM if tried.works else EMULATION,
        tried.words,
    )
