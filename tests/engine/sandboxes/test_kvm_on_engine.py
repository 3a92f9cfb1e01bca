"""The trial of KVM on the real engine.

Most hosts of these tests have none that works, so what holds is the other way: no guest boots, the
trial says why, and nothing is left.
"""

from collections.abc import Callable

import pytest

from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_type
from sandboxes.pool.kvm import try_kvm


@pytest.mark.timeout(180)
def test_trial_boots_a_guest_or_says_why_not(
    engine: SandboxEngine, need_image: Callable[[str], None]
) -> None:
    need_image("vm")
    tried = try_kvm(engine, image_tag("vm"))
    assert tried.works or "kvm" in tried.message.lower(), tried
    without = engine.smoke_test(
        image_tag("vm"), (machine_type("vm").kvm_trial,), machine_type("vm").limits, 60
    )
    assert without.exit_code == 1
    assert "no guest booted on KVM" in without.output
    assert [owned for owned in engine.find_owned() if owned.kind == "probe"] == []
