"""What /proc tells of a process, whatever a student has called it."""

import os
from pathlib import Path

import pytest

from sandboxes.engine.linux.process_tree import reader, usage
from sandboxes.engine.linux.process_tree.parsers import (
    COMMAND_CHARS,
    cgroup_of,
    inner_uid,
    parse_command,
    parse_namespace,
    parse_pids,
    parse_status,
    printable,
)

ID = "3f" * 32
STATUS = """\
Name:\tsleep
Umask:\t0022
State:\tS (sleeping)
Tgid:\t4711
PPid:\t4700
Uid:\t1000\t100000\t1000\t1000
NSpid:\t4711\t63\t5
VmRSS:\t    1024 kB
CapInh:\t0000000000000000
CapEff:\t00000000a80425fb
CapBnd:\t00000000a82425fb
"""


def test_status_has_all_pids_from_outside_inwards() -> None:
    status = parse_status(STATUS)
    assert (status.numbers, status.parent, status.uid) == ((4711, 63, 5), 4700, 100_000)
    assert (status.name, status.state, status.resident_bytes) == ("sleep", "S", 1024 * 1024)
    assert (status.effective, status.bounding) == (0xA80425FB, 0xA82425FB)


def test_name_can_not_pretend_to_be_another_field() -> None:
    # The kernel writes a line's end in a name as two characters.
    status = parse_status(STATUS.replace("sleep\n", "\\nNSpid:\t1\n", 1))
    assert status.numbers == (4711, 63, 5)
    late = STATUS + "Name:\tother\nNSpid:\t9\n"
    assert parse_status(late).numbers == (4711, 63, 5)


@pytest.mark.parametrize("text", ["", "Name:\tx\n", STATUS.replace("4711\t63\t5", "x"), "\0" * 99])
def test_what_no_kernel_writes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_status(text)


def test_kernels_thread_has_no_memory_and_no_command() -> None:
    assert parse_status(STATUS.replace("VmRSS:\t    1024 kB\n", "")).resident_bytes == 0
    assert parse_command(b"") == ""


def test_command_lines_are_short_and_printable() -> None:
    assert parse_command(b"sh\0-c\0echo hi\0") == "sh -c echo hi"
    hostile = parse_command(b"\x1b[2J\xe2\x80\xae<b>\n\xff\0" + b"x" * 5000)
    assert len(hostile) == COMMAND_CHARS
    assert hostile.isprintable()
    assert hostile.startswith("\ufffd[2J\ufffd<b>\ufffd\ufffd")
    assert hostile.endswith("…")
    assert printable("abc", 3) == "abc"


def test_users_are_numbered_by_their_own_namespace() -> None:
    mapping = "         0     165536      65536\n     70000 300000 10\n"
    assert inner_uid(165_536, mapping) == 0
    assert inner_uid(165_569, mapping) == 33
    assert inner_uid(300_003, mapping) == 70_003
    assert inner_uid(0, mapping) == -1
    assert inner_uid(0, "nonsense\n0 0\n") == -1


def test_namespaces_are_numbers() -> None:
    assert parse_namespace("pid:[4026531836]") == 4026531836
    assert [parse_namespace(link) for link in ("", "pid:4", "/etc/passwd")] == [0, 0, 0]


def test_machines_own_cgroup_is_that_which_bears_its_id() -> None:
    text = (
        f"12:pids:/docker/{ID}\n4:memory:/docker/{ID}/nested/deeper\n1:name=systemd:/docker/{ID}\n"
        f"0::/system.slice/docker-{ID}.scope/init\n"
    )
    assert cgroup_of(text, ID) == [
        ("pids", f"docker/{ID}"),
        ("memory", f"docker/{ID}"),
        ("systemd", f"docker/{ID}"),
        ("", f"system.slice/docker-{ID}.scope"),
    ]
    assert cgroup_of("0::/\n1:pids:/docker/other\n\nnonsense", ID) == []
    assert cgroup_of(f"0::/../../{ID}\n", ID) == []


def test_processes_of_no_container_are_none() -> None:
    assert reader.pids_of(os.getpid(), "a" * 64) == []


def test_pids_of_others_are_left_out() -> None:
    assert parse_pids(["12\n7\n0\n", "7\n", "x\n-3\n"]) == [7, 12]


def test_process_is_read_only_while_it_is_the_machines() -> None:
    maps: dict[int, str] = {}
    assert reader.read_process(os.getpid(), ID, maps) is None
    own = reader.read_process(os.getpid(), "", maps)
    assert own is not None
    assert own.numbers[0] == os.getpid()
    assert own.namespaces["pid"] == parse_namespace(str(Path("/proc/self/ns/pid").readlink()))
    with pytest.raises(OSError, match=r"."):
        reader.read_process(2**22 + 1, "", maps)


def test_no_more_than_a_few_hundred_processes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PROCESSES_MAX", 2)
    own = [os.getpid(), os.getppid(), 1]
    monkeypatch.setattr(reader, "pids_of", lambda *_: [*own, *range(100)])
    tree = reader.read_tree(os.getpid(), "")
    assert len(tree.processes) == 2
    assert tree.total == 2 + 101


def test_parent_outside_the_machine_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "pids_of", lambda *_: [os.getpid()])
    [process] = reader.read_tree(os.getpid(), "").processes
    assert process.parent == 0


def test_cgroups_below_are_walked_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cgroup.procs").write_text("1\n")
    assert parse_pids(reader.read_members(tmp_path / "gone")) == []
    for number in range(9):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "cgroup.procs").write_text(f"{number + 2}\n")
    assert parse_pids(reader.read_members(tmp_path)) == list(range(1, 11))
    (tmp_path / "8" / "inner").mkdir()
    (tmp_path / "8" / "inner" / "cgroup.procs").write_text("11\n")
    assert parse_pids(reader.read_members(tmp_path)) == list(range(1, 12))
    monkeypatch.setattr(reader, "FOLDERS_MAX", 4)
    assert len(parse_pids(reader.read_members(tmp_path))) == 4


LIMITS = {"Memory": 1000, "PidsLimit": None, "NanoCpus": 500_000_000}


def make_files(folder: Path, **contents: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name.replace("__", ".")).write_text(content)


def own_cgroup(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(usage.procfs, "read_bytes", lambda _path: text.encode())


def test_use_is_read_from_cgroups_of_the_first_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cgroup(monkeypatch, f"1:cpu,cpuacct:/d/{ID}\n2:memory:/d/{ID}/x\n3:pids:/d/{ID}\n")
    make_files(
        tmp_path / "memory" / "d" / ID,
        memory__usage_in_bytes="900\n",
        memory__stat="cache 1\ntotal_inactive_file 200\n",
    )
    make_files(tmp_path / "pids" / "d" / ID, pids__current="7\n")
    make_files(
        tmp_path / "cpu,cpuacct" / "d" / ID,
        cpuacct__usage="1500000000\n",
        cpu__stat="nr_periods 1\nthrottled_time 250000000\n",
    )
    used = usage.read_use(1, ID, LIMITS, tmp_path)
    assert (used.memory_bytes, used.processes) == (700, 7)
    assert (used.cpu_seconds, used.held_back_seconds) == (1.5, 0.25)
    assert (used.memory_limit, used.processes_limit, used.cpus_limit) == (1000, 0, 0.5)


@pytest.mark.parametrize("mounted", [".", "unified"])
def test_use_is_read_from_cgroups_of_the_second_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str
) -> None:
    own_cgroup(monkeypatch, f"0::/system.slice/docker-{ID}.scope/init\n")
    make_files(
        tmp_path / mounted / "system.slice" / f"docker-{ID}.scope",
        memory__current="900\n",
        memory__stat="inactive_file 1000\n",
        pids__current="7\n",
        cpu__stat="usage_usec 1500000\nthrottled_usec 250000\n",
    )
    used = usage.read_use(1, ID, {**LIMITS, "PidsLimit": -1}, tmp_path)
    assert (used.memory_bytes, used.processes, used.processes_limit) == (900, 7, 0)
    assert (used.cpu_seconds, used.held_back_seconds) == (1.5, 0.25)


def test_use_without_readable_cgroups_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cgroup(monkeypatch, f"2:memory:/d/{ID}\n")
    for _ in range(2):
        with pytest.raises(OSError, match=r"."):
            usage.read_use(1, ID, LIMITS, tmp_path)
        make_files(tmp_path / "memory" / "d" / ID)
