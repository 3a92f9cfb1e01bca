"""Find out what runs the guests of a host's virtual machines.

That is the processor's own support (KVM) for the machine types that the operator allows it, where a
guest has booted on it; else emulation. The device's presence says little: it is there on hosts on
which no guest starts. So a guest is booted with it, with the very image that students' machines are
made from and under their limits, once for each start of the platform and each new image.
"""

import logging
from dataclasses import dataclass

from django.conf import settings

from core.task_queue import queue_task
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.interface import ProbeRunner
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing
from sandboxes.hosts import engine_for
from sandboxes.machine_types.base import EMULATION, KVM, MachineType
from sandboxes.machine_types.registry import machine_types
from sandboxes.models import Host

logger = logging.getLogger(__name__)

TRIAL_SECONDS = 60.0


@dataclass(frozen=True)
class KvmTrial:
    """Say whether a guest booted on KVM, and if not, why."""

    works: bool
    message: str


def trial_type() -> MachineType:
    """Return the type of machine in which a guest is booted to see whether KVM works."""
    return next(each for each in machine_types() if each.kvm_trial)


def try_kvm(engine: ProbeRunner, image: str) -> KvmTrial:
    """Boot a guest on the engine's /dev/kvm, without emulation to fall back on.

    Raises EngineUnavailable.
    """
    kind = trial_type()
    limits = kind.limits_with(KVM)
    try:
        fact = engine.smoke_test(image, (kind.kvm_trial,), limits, TRIAL_SECONDS)
    except EngineUnavailable:
        raise
    except ImageMissing:
        return KvmTrial(False, "not tried yet: the image of virtual machines is not built")
    except EngineError as error:
        return KvmTrial(False, str(error))
    if fact.exit_code == 0:
        return KvmTrial(True, "a guest boots on it")
    return KvmTrial(False, fact.output)


def queue_trial(host: Host, image: ImageFact | None) -> None:
    """Queue a trial where one is due: KVM is allowed, and was not tried with this image."""
    if settings.KVM_KINDS and image and host.kvm_trial_image != image.id:
        queue_task("sandboxes.try_kvm", str(host.pk))


def try_kvm_on_host(host: Host, image: ImageFact) -> None:
    """Try KVM and keep the result; until it is there, new machines emulate.

    Of two workers one does it. Raises EngineUnavailable.
    """
    rows = Host.objects.filter(pk=host.pk)
    changes = {"kvm_trial_image": image.id, "kvm_works": False, "kvm_message": "being tried"}
    if not rows.exclude(kvm_trial_image=image.id).update(**changes):
        return
    try:
        trial = try_kvm(engine_for(host), image.id)
    except EngineUnavailable:
        rows.update(kvm_trial_image="")  # another time
        raise
    rows.update(kvm_works=trial.works, kvm_message=trial.message)
    logger.log(
        logging.INFO if trial.works else logging.WARNING,
        "virtual machines on %s: %s (KVM: %s)",
        host,
        KVM if trial.works else EMULATION,
        trial.message,
    )
