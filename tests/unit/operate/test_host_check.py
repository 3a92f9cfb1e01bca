"""Test what the host check makes of an engine's answers."""

import shutil
from unittest.mock import Mock

import pytest

from operate.checks.host_check import check_host, format_report
from operate.engine.private_engine import EngineChoice
from sandboxes.engine.facts import Resource
from sandboxes.pool.kvm import KvmTrial

PRIVATE = EngineChoice("private", "unix:///srv/var/engine/run/docker.sock")
GOOD = {
    "ServerVersion": "20.10.24",
    "Driver": "btrfs",
    "SecurityOptions": ["name=seccomp,profile=default", "name=userns"],
    "LiveRestoreEnabled": True,
    "CgroupVersion": "2",
    "MemoryLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "DockerRootDir": "/srv/var/engine/data/docker",
    "DriverStatus": [],
}


pytestmark = pytest.mark.usefixtures("sysctl")


def check(choice=PRIVATE, icc="false", because="", resources=(), **changes: object):
    client = Mock()
    client.info.return_value = {**GOOD, **changes}
    client.networks.get.return_value.attrs = {
        "Options": {"com.docker.network.bridge.enable_icc": icc}
    }
    return check_host(client, choice, because, resources=resources)


def missing(report):
    return {protection.name for protection in report.missing()} - {"kvm"}


def test_our_own_engine_lacks_nothing():
    assert missing(check()) == set()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"SecurityOptions": ["name=seccomp,profile=default"]}, "userns"),
        ({"SecurityOptions": ["name=userns"]}, "seccomp"),
        ({"SecurityOptions": ["name=seccomp,profile=unconfined", "name=userns"]}, "seccomp"),
        ({"Driver": "overlay2"}, "bounded disk"),
        ({"LiveRestoreEnabled": False}, "live-restore"),
        ({"PidsLimit": False}, "cgroup limits"),
        ({"icc": "true"}, "icc off"),
        ({"choice": EngineChoice("given", "unix:///var/run/docker.sock")}, "private engine"),
    ],
)
def test_each_lack_is_found(changes, name):
    assert missing(check(**changes)) == {name}


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("fs/file-max", "open files"),
        ("fs/inotify/max_user_instances", "inotify"),
        ("kernel/pid_max", "processes"),
        ("kernel/pty/max", "terminals"),
        ("kernel/keys/maxkeys", "kernel keys"),
        ("kernel/keys/maxbytes", "bytes of keys"),
    ],
)
def test_limit_that_machines_could_use_up_is_found_and_its_setting_named(sysctl, setting, name):
    (sysctl / setting).write_text("150\n")
    report = check()
    assert missing(report) == {name}
    assert f"set {setting.replace('/', '.')} to " in "\n".join(format_report(report))


def test_host_without_these_settings_is_checked_all_the_same(sysctl):
    shutil.rmtree(sysctl)
    assert missing(check()) == set()


@pytest.mark.parametrize("name", ["memory", "disk", "open files", "terminals", "kernel keys"])
def test_what_is_short_is_found(name):
    report = check(resources=[Resource(name, 9, 100), Resource("other", 50, 100)])
    assert missing(report) == {f"free {name}"}
    assert "9 of 100 free (9 %)" in "\n".join(format_report(report))


def test_rootless_counts_as_a_user_namespace():
    assert (
        missing(check(SecurityOptions=["name=seccomp,profile=default", "name=rootless"])) == set()
    )


def test_why_a_private_engine_has_no_bounded_disk_is_said():
    report = check(Driver="overlay2", because="mkfs.btrfs: no space")
    assert "mkfs.btrfs: no space" in "\n".join(format_report(report))


def test_each_lack_is_printed_with_what_it_means():
    text = "\n".join(format_report(check(LiveRestoreEnabled=False)))
    assert "NO   live-restore" in text
    assert "ends every student's machine" in text


def kvm(tried):
    client = Mock()
    client.info.return_value = GOOD
    client.networks.get.return_value.attrs = {"Options": {}}
    return next(
        protection
        for protection in check_host(client, PRIVATE, tried=tried).protections
        if protection.name == "kvm"
    )


def test_kvm_is_there_only_where_a_guest_has_booted_on_it(settings):
    settings.KVM_KINDS = []
    assert "not allowed" in kvm(None).detail
    settings.KVM_KINDS = ["vm", "hypervisor"]
    for tried, holds, detail in (
        (None, False, "tried as soon as"),
        (KvmTrial(False, "no such device"), False, "no such device"),
        (KvmTrial(True, "a guest boots on it"), True, "a guest boots on it"),
    ):
        protection = kvm(tried)
        assert (protection.holds, f"allowed for vm, hypervisor; {detail}" in protection.detail) == (
            holds,
            True,
        )
