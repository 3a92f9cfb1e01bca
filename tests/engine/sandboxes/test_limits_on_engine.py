"""Every limit of a `linux` machine, asserted on a real container.

The machine runs the platform's own PTY server.
"""

import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from sandboxes.engine.limits import GIB, KIB, LINUX, MIB
from sandboxes.engine.linux.mounts import unmount_socket_folder
from sandboxes.engine.linux.quotas import has_simple_quotas, mend_quotas
from tests.support.machines import BUSYBOX, RealMachine

pytestmark = pytest.mark.engine


# --- Held ---


def test_fork_bomb_is_held_while_a_neighbour_works(
    box: RealMachine, shared_machine: RealMachine
) -> None:
    assert box.host_config["PidsLimit"] == LINUX.pids
    bomb = threading.Thread(target=box.run, args=("b() { b | b & }; b; sleep 5", 6))
    bomb.start()
    time.sleep(1.5)
    began = time.monotonic()
    assert shared_machine.say("echo works") == "works"
    assert time.monotonic() - began < 3
    assert len(box.engine.processes(box.handle.container_id)) <= LINUX.pids
    box.api.kill(box.handle.container_id)
    bomb.join()


def test_memory_balloon_is_held(box: RealMachine) -> None:
    code, _ = box.run("head -c 700m /dev/zero | tail")
    assert code != 0
    assert box.say("echo lives") == "lives"
    assert box.host_config["Memory"] == box.host_config["MemorySwap"] == 512 * MIB


def test_disk_is_held(box: RealMachine) -> None:
    if not box.engine.info().size_limit:
        pytest.skip("this engine's storage driver can't bound a container's disk")
    mend_quotas(Path(box.engine.info().root_dir))  # as the reaper does twice a minute
    # Half of it by reserving, which is quick; the bound is met by writing.
    script = (
        "fallocate -l 250m /root/f1 && fallocate -l 250m /root/f2 || exit; "
        "for i in $(seq 3 6); do head -c 250m /dev/zero > /root/f$i || break; done; sync; du -sm "
        "/root | cut -f1"
    )
    _, output = box.run(script)
    assert "quota" in output.lower()
    assert int(output.split()[-1]) <= LINUX.disk_bytes // MIB


def test_one_file_is_held(shared_machine: RealMachine) -> None:
    code, output = shared_machine.run(
        "truncate -s 300M /root/sparse; echo $?; head -c 300m /dev/zero > /root/long; echo $?"
    )
    assert code == 0
    assert "0" not in output.split()
    assert (
        int(shared_machine.say("stat -c %s /root/long; rm /root/long").split()[0])
        <= LINUX.file_bytes
    )


def test_processor_time_is_held(shared_machine: RealMachine) -> None:
    assert shared_machine.host_config["NanoCpus"] == 500_000_000
    assert shared_machine.host_config["CpuShares"] == LINUX.cpu_shares
    script = "timeout 2 sh -c 'while :; do :; done'; times | tail -1"
    user, system = shared_machine.say(script).split()[-2:]
    spent = sum(float(part.split("m")[1].rstrip("s")) for part in (user, system))
    assert spent < 1.5  # of the two seconds that one core has


def test_tmpfs_is_held_and_lets_programs_run(shared_machine: RealMachine) -> None:
    _, output = shared_machine.run(
        "head -c 70m /dev/zero > /tmp/fill; du -m /tmp/fill | cut -f1; rm /tmp/fill"
    )
    assert int(output.split()[-1]) <= LINUX.tmp_bytes // MIB
    assert shared_machine.say("cp /bin/true /tmp/t && /tmp/t && echo ran; rm /tmp/t") == "ran"
    assert int(shared_machine.say("df -k --output=size /run | tail -1")) * KIB == LINUX.run_bytes


def test_socket_folder_is_held(shared_machine: RealMachine) -> None:
    shared_machine.run(
        "head -c 1m /dev/zero > /run/drydock/fill; for i in $(seq 20); do : > /run/drydock/f$i; "
        "done"
    )
    assert int(shared_machine.say("du -k /run/drydock | cut -f1")) <= 64
    assert int(shared_machine.say("ls /run/drydock | wc -l")) < 12
    shared_machine.run("rm -f /run/drydock/f*")


@pytest.mark.parametrize("path", ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"])
def test_files_that_the_engine_writes_are_held_and_can_be_edited(
    shared_machine: RealMachine, path: str
) -> None:
    before = shared_machine.say(f"tee /tmp/kept < {path}")
    assert shared_machine.run(f"head -c 1m /dev/zero >> {path}")[0] != 0
    assert int(shared_machine.say(f"stat -c %s {path}")) <= 64 * KIB
    assert (
        shared_machine.say(f"cat /tmp/kept > {path}; echo '# mine' >> {path}; cat {path}")
        == f"{before}\n# mine"
    )
    assert shared_machine.run(f"cat /tmp/kept > {path}")[0] == 0


def test_machine_finds_itself_by_its_name(shared_machine: RealMachine) -> None:
    assert shared_machine.say(
        "cat /etc/hostname; hostname; getent hosts localhost | wc -l"
    ).split() == [
        "box",
        "box",
        "1",
    ]
    assert shared_machine.say("getent ahostsv4 box").startswith("127.0.1.1")


def test_files_and_socket_are_there_again_after_the_host_was_down(box: RealMachine) -> None:
    box.engine.stop_machine(box.handle.container_id)
    folder = Path(box.handle.socket_path).parents[1]
    unmount_socket_folder(folder)
    box.engine.start_machine(box.handle.container_id)
    box.engine.wait_for_shell(box.handle)
    assert folder.is_mount()
    assert box.say("cat /etc/hostname") == "box"


def test_shared_memory_is_held(shared_machine: RealMachine) -> None:
    assert (
        int(shared_machine.say("df -k --output=size /dev/shm | tail -1")) * KIB == LINUX.shm_bytes
    )


def test_log_is_capped(shared_machine: RealMachine) -> None:
    log = shared_machine.host_config["LogConfig"]
    assert (log["Type"], log["Config"]["max-size"], log["Config"]["max-file"]) == (
        "local",
        "256k",
        "1",
    )


def test_ulimits(shared_machine: RealMachine) -> None:
    assert shared_machine.say(
        "ulimit -Sn; ulimit -Hn; ulimit -f; ulimit -c; ulimit -l"
    ).split() == [
        "1024",
        "2048",
        str(LINUX.file_bytes // KIB),
        "0",
        "64",
    ]


def test_killed_first_when_memory_is_short(shared_machine: RealMachine) -> None:
    """A student may take the handicap off, but never get ahead of the platform's processes at 0."""
    assert shared_machine.say("cat /proc/1/oom_score_adj") == "500"
    assert shared_machine.run("echo -1 > /proc/self/oom_score_adj")[0] != 0


# --- Who one is ---

CAPABILITY_BITS = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "FSETID": 4,
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "NET_BIND_SERVICE": 10,
    "SYS_CHROOT": 18,
    "AUDIT_WRITE": 29,
}


def test_no_capability_beyond_the_list(shared_machine: RealMachine) -> None:
    allowed = sum(1 << CAPABILITY_BITS[name] for name in LINUX.capabilities)
    for line in shared_machine.say(
        "grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status /proc/1/status"
    ).splitlines():
        assert int(line.split()[-1], 16) == allowed


def test_no_new_privileges(shared_machine: RealMachine) -> None:
    assert shared_machine.say("grep NoNewPrivs /proc/1/status | cut -f2") == "1"


def test_not_privileged(shared_machine: RealMachine) -> None:
    config = shared_machine.host_config
    assert config["Privileged"] is False
    assert (config["PidMode"], config["UTSMode"], config["UsernsMode"]) == ("", "", "")
    assert (config["IpcMode"], config["CgroupnsMode"]) == ("private", "private")
    assert config["RestartPolicy"]["Name"] == "no"
    assert not config["Devices"]


def test_root_is_nobody_on_the_host(shared_machine: RealMachine) -> None:
    info = shared_machine.engine.info()
    if not info.userns:
        pytest.skip("this engine does not remap users")
    assert shared_machine.say("cut -c1-33 /proc/self/uid_map").split()[:2] == [
        "0",
        str(info.remap_uid),
    ]


def test_everyday_work_of_root_is_possible(shared_machine: RealMachine) -> None:
    script = (
        "useradd -m ada && su ada -c id && chown ada /root/.bashrc && "
        "chown root /root/.bashrc && userdel -r ada"
    )
    code, output = shared_machine.run(script)
    assert code == 0, output
    assert "ada" in output
    assert (
        shared_machine.run(f"timeout 1 {BUSYBOX} nc -l -p 80")[0] == 124
    )  # it listened until it was ended


# --- Nowhere to go ---


def test_disk_limit_is_the_allowance_as_the_driver_counts(shared_machine: RealMachine) -> None:
    if not shared_machine.engine.info().size_limit:
        pytest.skip("this engine's storage driver can't bound a container's disk")
    image = shared_machine.engine.image(f"{settings.INSTALLATION}/linux:latest")
    counted = (
        0 if has_simple_quotas(Path(shared_machine.engine.info().root_dir)) else image.size_bytes
    )
    assert int(shared_machine.host_config["StorageOpt"]["size"]) == counted + 1 * GIB
