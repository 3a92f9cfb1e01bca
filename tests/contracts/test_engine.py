"""What every SandboxEngine does, asked of the fake and of a real engine."""

from pathlib import Path

import pytest

from sandboxes.engine.checker_protocol import ProbeCommand
from sandboxes.engine.facts import Member, OwnedObject
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX
from sandboxes.engine.machine_paths import PTY_SERVER
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing
from tests.support.engine.engine_contract import MISSING, Subject
from tests.support.waiting import wait_for


def test_info_names_version_and_kernel(subject: Subject) -> None:
    info = subject.engine.info()
    assert info.version
    assert info.kernel
    assert info.cpus >= 1
    assert info.cgroup_version in (1, 2)


def test_missing_image_is_told(subject: Subject) -> None:
    with pytest.raises(ImageMissing):
        subject.engine.image("drydock/no-such-kind:latest")
    with pytest.raises(ImageMissing):
        subject.engine.create_machine(subject.spec(image="sha256:" + "0" * 64))


def test_unreachable_engine_is_told(subject: Subject) -> None:
    away = subject.away()
    for call in (
        away.info,
        away.find_owned,
        lambda: away.remove_machine("x"),
        lambda: away.facts(MISSING),
    ):
        with pytest.raises(EngineUnavailable):
            call()


def test_machine_is_made_started_stopped_and_removed(subject: Subject) -> None:
    spec = subject.spec()
    handle = subject.engine.create_machine(spec)
    assert subject.owned(spec.machine_id) == {"container": False, "network": False}
    subject.engine.start_machine(handle.container_id)
    subject.engine.wait_for_shell(handle)
    assert subject.owned(spec.machine_id)["container"] is True
    subject.engine.stop_machine(handle.container_id)
    assert subject.owned(spec.machine_id)["container"] is False
    subject.engine.remove_machine(spec.machine_id)
    assert subject.owned(spec.machine_id) == {}


def test_socket_transport_has_a_folder_that_goes_with_the_machine(subject: Subject) -> None:
    spec, handle = subject.running(transport="socket")
    assert handle.socket_path.endswith("/pty.sock")
    assert set(subject.owned(spec.machine_id)) == {"container", "network", "mount"}
    subject.engine.remove_machine(spec.machine_id)
    assert subject.owned(spec.machine_id) == {}


def test_machine_is_named_while_it_runs_and_when_it_starts_again(subject: Subject) -> None:
    engine = subject.engine
    spec, handle = subject.running(transport="socket", awaits_name=True)
    engine.name_machine(spec.machine_id, "dock")
    assert engine.facts(handle.container_id).hostname == "dock"
    engine.stop_machine(handle.container_id)
    engine.start_machine(handle.container_id, "dock")
    assert engine.facts(handle.container_id).hostname == "dock"


def test_naming_a_machine_that_is_gone_is_no_error(subject: Subject) -> None:
    subject.engine.name_machine(MISSING, "dock")


def test_creating_twice_finds_the_first(subject: Subject) -> None:
    spec = subject.spec()
    assert subject.engine.create_machine(spec) == subject.engine.create_machine(spec)


def test_machine_with_two_networks_of_one_name_starts_and_starts_again(subject: Subject) -> None:
    """Two workers' requests make two networks.

    That is a killed worker's, still under way in the engine, and the next worker's.
    """
    spec = subject.spec()
    handle = subject.engine.create_machine(spec)
    subject.double_network(spec.machine_id)
    subject.engine.start_machine(handle.container_id)
    subject.engine.wait_for_shell(handle)
    subject.engine.stop_machine(handle.container_id)
    subject.double_network(spec.machine_id)
    subject.engine.start_machine(handle.container_id)
    subject.engine.wait_for_shell(handle)


def test_creating_twice_leaves_one_network(subject: Subject) -> None:
    spec = subject.spec()
    subject.engine.create_machine(spec)
    subject.double_network(spec.machine_id)
    assert len(subject.networks_of(spec.machine_id)) == 2
    handle = subject.engine.create_machine(spec)
    assert subject.networks_of(spec.machine_id) == [handle.network_id]


@pytest.mark.parametrize("stopped", [False, True])
def test_network_that_a_machine_uses_is_the_one_kept(subject: Subject, stopped: bool) -> None:
    spec, handle = subject.running()
    if stopped:
        subject.engine.stop_machine(handle.container_id)
    subject.double_network(spec.machine_id)
    subject.engine.remove_duplicate_networks(spec.machine_id)
    assert subject.networks_of(spec.machine_id) == [handle.network_id]
    subject.engine.start_machine(handle.container_id)


def test_every_network_of_a_machine_is_removed_with_it(subject: Subject) -> None:
    spec, _ = subject.running()
    subject.double_network(spec.machine_id)
    subject.engine.remove_machine(spec.machine_id)
    assert subject.owned(spec.machine_id) == {}


def test_starting_stopping_and_removing_twice_is_fine(subject: Subject) -> None:
    spec, handle = subject.running()
    subject.engine.start_machine(handle.container_id)
    subject.engine.stop_machine(handle.container_id)
    subject.engine.stop_machine(handle.container_id)
    subject.engine.unpause_machine(handle.container_id)
    subject.engine.remove_machine(spec.machine_id)
    subject.engine.remove_machine(spec.machine_id)
    subject.engine.stop_machine(handle.container_id)


def test_facts_are_those_of_the_spec(subject: Subject) -> None:
    spec, handle = subject.running()
    facts = subject.engine.facts(handle.container_id)
    assert facts.running
    assert (facts.memory_bytes, facts.cpus, facts.pids_max) == (
        LINUX.memory_bytes,
        LINUX.cpus,
        LINUX.pids,
    )
    assert (facts.hostname, facts.image, facts.entrypoint) == ("box", spec.image, PTY_SERVER)
    assert facts.kernel == subject.engine.info().kernel


def test_missing_machine_is_told(subject: Subject) -> None:
    engine = subject.engine
    for call in (engine.start_machine, engine.facts, engine.processes, engine.usage):
        with pytest.raises(MachineMissing):
            call(MISSING)
    with pytest.raises(MachineMissing):
        engine.read_file(MISSING, "/root/x")
    for run in (engine.probe_snapshot, engine.probe_network):
        with pytest.raises(MachineMissing):
            run(MISSING, [ProbeCommand("a", ("true",))])


def test_processes_show_the_pty_server_as_root(subject: Subject) -> None:
    _, handle = subject.running()
    processes = subject.engine.processes(handle.container_id)
    assert any(process.command == "ptyd" and process.uid == 0 for process in processes)
    subject.engine.stop_machine(handle.container_id)
    with pytest.raises(EngineError):
        subject.engine.processes(handle.container_id)


def test_process_tree_lines_up_the_pids_of_host_and_machine(subject: Subject) -> None:
    _, handle = subject.running()
    tree = subject.engine.process_tree(handle.container_id)
    assert (tree.visible, tree.depth, tree.total) == (True, 1, len(tree.processes))
    [init] = [process for process in tree.processes if process.numbers[-1] == 1]
    assert (init.name, init.parent, init.inner_uid) == ("ptyd", 0, 0)
    assert init.numbers[0] > 1
    assert len(init.numbers) == 2
    assert init.namespaces.keys() == tree.host_namespaces.keys()
    assert init.namespaces["pid"] != tree.host_namespaces["pid"]
    sys_module, chown = 16, 0
    assert not init.bounding >> sys_module & 1
    assert init.bounding >> chown & 1
    assert sys_module < tree.capabilities
    for call in (subject.engine.process_tree, subject.engine.resource_use):
        with pytest.raises(MachineMissing):
            call(MISSING)
    subject.engine.stop_machine(handle.container_id)
    for call in (subject.engine.process_tree, subject.engine.resource_use):
        with pytest.raises(EngineError):
            call(handle.container_id)


def test_resource_use_is_held_against_the_limits(subject: Subject) -> None:
    _, handle = subject.running()
    used = subject.engine.resource_use(handle.container_id)
    limits = (used.memory_limit, used.processes_limit, used.cpus_limit)
    assert limits == (LINUX.memory_bytes, LINUX.pids, LINUX.cpus)
    assert 0 < used.memory_bytes < used.memory_limit
    assert 0 < used.processes < used.processes_limit
    later = subject.engine.resource_use(handle.container_id)
    assert used.at <= later.at
    assert used.cpu_seconds <= later.cpu_seconds


def test_processor_time_only_grows(subject: Subject) -> None:
    _spec, handle = subject.running()
    before = subject.engine.processor_seconds(handle.container_id)
    assert 0 <= before <= subject.engine.processor_seconds(handle.container_id)
    with pytest.raises(MachineMissing):
        subject.engine.processor_seconds(MISSING)


def test_machine_without_an_engine_of_its_own_has_no_nested_containers(subject: Subject) -> None:
    _spec, handle = subject.running()
    assert subject.engine.nested_usage(handle.container_id) == {}
    assert subject.engine.nested_usage(handle.container_id) == {}
    subject.engine.stop_machine(handle.container_id)
    with pytest.raises(EngineError):
        subject.engine.nested_usage(handle.container_id)
    with pytest.raises(MachineMissing):
        subject.engine.nested_usage(MISSING)


def test_usage_is_measured_of_a_running_machine(subject: Subject) -> None:
    spec, handle = subject.running()
    used = subject.engine.usage(handle.container_id)
    assert 0 < used.memory_bytes < spec.limits.memory_bytes
    assert used.image_bytes == spec.image_bytes
    assert used.start_seconds is not None
    assert used.start_seconds > 0
    assert any(command == "ptyd" and resident > 0 for command, resident in used.processes)
    subject.engine.stop_machine(handle.container_id)
    with pytest.raises(EngineError):
        subject.engine.usage(handle.container_id)


def test_files_are_read_up_to_a_bound(subject: Subject) -> None:
    _, handle = subject.running()
    subject.put(handle.container_id, "/root/notes", b"0123456789")
    whole = subject.engine.read_file(handle.container_id, "/root/notes")
    assert (whole.kind, whole.size, whole.content, whole.truncated) == (
        "regular",
        10,
        b"0123456789",
        False,
    )
    part = subject.engine.read_file(handle.container_id, "/root/notes", max_bytes=4)
    assert (part.content, part.truncated, part.size) == (b"0123", True, 10)
    assert subject.engine.read_file(handle.container_id, "/root").kind == "directory"
    assert subject.engine.read_file(handle.container_id, "/root/nothing").kind == "missing"


def test_machines_join_one_network_and_leave_their_own(subject: Subject) -> None:
    (own_spec, first), (two, second) = subject.running(), subject.running()
    members = [Member(first.container_id, "web"), Member(second.container_id, "db")]
    network = subject.engine.join_machines(subject.sandbox, members)
    assert subject.shared() == [network]
    assert subject.networks(first, second) == [(network,), (network,)]
    for spec in (own_spec, two):
        assert set(subject.owned(spec.machine_id)) == {"container"}
    assert subject.engine.join_machines(subject.sandbox, members) == network


def test_stopped_machine_keeps_its_sandboxs_network(subject: Subject) -> None:
    (_, first), (_, second) = subject.running(), subject.running()
    members = [Member(first.container_id, "web"), Member(second.container_id, "db")]
    network = subject.engine.join_machines(subject.sandbox, members)
    subject.engine.stop_machine(first.container_id)
    subject.engine.join_machines(subject.sandbox, members)
    subject.engine.start_machine(first.container_id)
    subject.engine.wait_for_shell(first)
    assert subject.networks(first, second) == [(network,), (network,)]


def test_replaced_machine_is_taken_out_of_the_network(subject: Subject) -> None:
    (_, old), (_, other), (_, new) = (subject.running() for _ in range(3))
    members = [Member(old.container_id, "web"), Member(other.container_id, "db")]
    network = subject.engine.join_machines(subject.sandbox, members)
    subject.engine.join_machines(subject.sandbox, [Member(new.container_id, "web"), members[1]])
    assert subject.networks(old, other, new) == [(), (network,), (network,)]


def test_missing_machine_can_not_join(subject: Subject) -> None:
    _, handle = subject.running()
    with pytest.raises(MachineMissing):
        subject.engine.join_machines(
            subject.sandbox, [Member(handle.container_id, "web"), Member(MISSING, "db")]
        )


def test_network_goes_after_its_machines_and_may_go_twice(subject: Subject) -> None:
    (own_spec, first), (two, second) = subject.running(), subject.running()
    subject.engine.join_machines(
        subject.sandbox, [Member(first.container_id, "a"), Member(second.container_id, "b")]
    )
    with pytest.raises(EngineError):
        subject.engine.remove_shared_network(subject.sandbox)
    subject.engine.remove_machine(own_spec.machine_id)
    subject.engine.remove_machine(two.machine_id)
    subject.engine.remove_shared_network(subject.sandbox)
    subject.engine.remove_shared_network(subject.sandbox)
    assert subject.shared() == []


def test_home_travels_to_another_machine(subject: Subject, tmp_path: Path) -> None:
    _, first = subject.running()
    subject.put(first.container_id, "/root/notes", b"kept")
    subject.put(first.container_id, "/root/big", b"x" * 50_000)
    archive = subject.engine.export_home(first.container_id, tmp_path / "home.tar.gz", 40_000)
    assert [name.split(" ")[0] for name in archive.left_out] == ["big"]
    assert archive.size_bytes <= 40_000
    _, second = subject.running()
    subject.engine.import_home(second.container_id, archive.path)
    assert subject.engine.read_file(second.container_id, "/root/notes").content == b"kept"
    assert subject.engine.read_file(second.container_id, "/root/big").kind == "missing"


def test_home_of_a_stopped_machine_is_exported(subject: Subject, tmp_path: Path) -> None:
    _, handle = subject.running()
    subject.put(handle.container_id, "/root/notes", b"kept")
    subject.engine.stop_machine(handle.container_id)
    assert (
        subject.engine.export_home(handle.container_id, tmp_path / "home.tar.gz", 40_000).size_bytes
        > 0
    )


def test_probe_answers_every_command_in_order(subject: Subject) -> None:
    _, handle = subject.running()
    facts = subject.engine.probe_snapshot(
        handle.container_id, [ProbeCommand("a", ("true",)), ProbeCommand("b", ("true",))]
    )
    assert [(fact.id, fact.exit_code) for fact in facts] == [("a", 0), ("b", 0)]
    wait_for(lambda: leftovers(subject.engine) == [], "their removal in the background")


def test_commands_run_beside_a_machine_and_apart_from_all(subject: Subject) -> None:
    _, handle = subject.running()
    commands = [ProbeCommand("a", ("true",)), ProbeCommand("b", ("true",))]
    beside = subject.engine.probe_network(handle.container_id, commands)
    apart = subject.engine.run_isolated(subject.image, {"/given/file": b"42"}, commands)
    assert [[(fact.id, fact.exit_code) for fact in facts] for facts in (beside, apart)] == [
        [("a", 0), ("b", 0)]
    ] * 2
    with pytest.raises(ImageMissing):
        subject.engine.run_isolated("drydock/no-such-image:latest", {}, commands)
    subject.engine.stop_machine(handle.container_id)
    with pytest.raises(EngineError):
        subject.engine.probe_network(handle.container_id, commands)


def leftovers(engine: SandboxEngine) -> list[OwnedObject]:
    return [resource for resource in engine.find_owned() if resource.kind in ("snapshot", "probe")]


def test_scripts_tell_how_they_ended_and_leave_what_they_did(subject: Subject) -> None:
    _, handle = subject.running()
    ran = [
        subject.engine.run_script(handle.container_id, ["sh", "-c", script], 5)
        for script in ("exit 0", "exit 3")
    ]
    assert ran == [0, 3]


def test_scripts_that_do_not_end_are_ended(subject: Subject) -> None:
    _, handle = subject.running()
    assert subject.engine.run_script(handle.container_id, ["sh", "-c", "sleep 60"], 1) == 137


def test_scripts_need_a_machine_that_runs(subject: Subject) -> None:
    _, handle = subject.running()
    subject.engine.stop_machine(handle.container_id)
    with pytest.raises(EngineError):
        subject.engine.run_script(handle.container_id, ["sh", "-c", "exit 0"], 5)
    with pytest.raises(MachineMissing):
        subject.engine.run_script(MISSING, ["sh", "-c", "exit 0"], 5)
