"""Run what is queued for workers.

Each task takes an id, tolerates a vanished row, and may run twice.

The tasks that need to know lessons, sandboxes.provision and sandboxes.refill, are in
curriculum/tasks.py.
"""

from celery import shared_task

from sandboxes import homes
from sandboxes.maintenance import idleness, reaper, reconciler
from sandboxes.maintenance.shared_disks import share_disks
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool import kvm
from sandboxes.provisioning import refill, teardown
from sandboxes.registry import services as registry


@shared_task(name="sandboxes.stop", soft_time_limit=60, time_limit=75)
def stop(sandbox_id: str) -> None:
    """Stop the machines of a parked sandbox."""
    parked = Sandbox.objects.filter(pk=sandbox_id, state=Sandbox.State.PARKED)
    if sandbox := parked.first():
        teardown.stop_sandbox(sandbox)


@shared_task(name="sandboxes.finish")
def finish(sandbox_id: str) -> None:
    """Keep the homes of an ending sandbox and retire its machines."""
    ending = Sandbox.objects.filter(pk=sandbox_id, state=Sandbox.State.ENDING)
    if sandbox := ending.first():
        teardown.finish_sandbox(sandbox)


@shared_task(name="sandboxes.bring_up", soft_time_limit=60, time_limit=75)
def bring_up(machine_id: str) -> None:
    """Go on with a machine of the pool that a worker left half-started."""
    starting = Machine.objects.filter(pk=machine_id, state=Machine.State.STARTING)
    if machine := starting.select_related("host").first():
        refill.start_pooled_machine(machine)


@shared_task(name="sandboxes.remove_machine", soft_time_limit=60, time_limit=75)
def remove_machine(machine_id: str) -> None:
    """Remove a machine that was retired."""
    machines = Machine.objects.select_related("host", "sandbox")
    if machine := machines.filter(pk=machine_id).first():
        teardown.remove_machine(machine)


@shared_task(name="sandboxes.look_after", soft_time_limit=30, time_limit=40)
def look_after(machine_id: str) -> None:
    """See to a student's machine that has stopped or gone, as its engine says."""
    claimed = Machine.objects.filter(pk=machine_id, state=Machine.State.CLAIMED)
    if machine := claimed.select_related("host", "sandbox").first():
        reaper.look_after(machine)


@shared_task(name="sandboxes.share_disks", soft_time_limit=30, time_limit=40)
def share_students_disks(user_id: int) -> None:
    """Bound what all machines of a student may write together."""
    for host in Host.objects.filter(machines__sandbox__user=user_id).distinct():
        share_disks(host, user_id=user_id)


@shared_task(name="sandboxes.reconcile", soft_time_limit=30, time_limit=40)
def run_reconcile() -> None:
    """Age sandboxes; take over what was left half-done."""
    reconciler.reconcile()


@shared_task(name="sandboxes.attend_idle", soft_time_limit=20, time_limit=30)
def attend_idle(sandbox_id: str) -> None:
    """Park a sandbox, or tell its student, unless something runs in it."""
    ready = Sandbox.objects.filter(pk=sandbox_id, state=Sandbox.State.READY)
    if sandbox := ready.first():
        idleness.attend_idle(sandbox)


@shared_task(name="sandboxes.reap", soft_time_limit=60, time_limit=75)
def run_reap() -> None:
    """Compare rows with what the engines have, and kept homes with who is there."""
    reaper.reap()
    homes.forget_strangers()


@shared_task(name="sandboxes.try_kvm")
def try_kvm(host_id: str) -> None:
    """Find out whether guests boot on a host's KVM."""
    host = Host.objects.filter(pk=host_id).first()
    if host and (image := host.image_of(kvm.trial_type().name)):
        kvm.try_kvm_on_host(host, image)


@shared_task(name="sandboxes.join_registry", soft_time_limit=60, time_limit=75)
def join_registry(sandbox_id: str) -> None:
    """Bring the registry to a sandbox that has just become ready."""
    ready = Sandbox.objects.filter(pk=sandbox_id, state=Sandbox.State.READY)
    if sandbox := ready.first():
        registry.join_sandbox(sandbox)


@shared_task(name="sandboxes.mend_registries", soft_time_limit=60, time_limit=75)
def mend_registries() -> None:
    """Have a registry on every host, and in every sandbox that uses it."""
    registry.mend_registries()


@shared_task(name="sandboxes.fill_libraries", soft_time_limit=300, time_limit=330)
def fill_libraries() -> None:
    """Have the images that machines begin with in every registry."""
    registry.fill_libraries()


@shared_task(name="sandboxes.clean_registries")
def clean_registries() -> None:
    """Forget users who left; delete unreferenced blobs."""
    registry.clean_registries()
