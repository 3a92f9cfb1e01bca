"""Ask the fake and a real engine who answers in a machine."""

import pytest

from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.machine_paths import PTY_SOCKET
from sandboxes.errors import EngineError, MachineMissing
from tests.support.engine.engine_contract import MISSING, Subject


def test_a_watched_connection_says_what_the_host_sees(subject: Subject) -> None:
    _, handle = subject.running()
    with pytest.raises(MachineMissing):
        subject.engine.open_attested(MISSING, "/run/none.sock", "/usr/bin/true")
    connection = subject.engine.open_attested(handle.container_id, PTY_SOCKET, "/usr/bin/true")
    assert isinstance(connection.precheck(), str)
    assert isinstance(connection.attest(["/usr"]), PeerAttestation)
    connection.close()
    connection.close()


def test_no_process_is_a_program_that_does_not_run(subject: Subject) -> None:
    _, handle = subject.running()
    assert subject.engine.genuine_processes(handle.container_id, "/usr/bin/env") in (
        None,
        frozenset(),
    )
    with pytest.raises(MachineMissing):
        subject.engine.genuine_processes(MISSING, "/usr/bin/env")


def test_no_guest_answers_where_there_is_none(subject: Subject) -> None:
    _, handle = subject.running()
    with pytest.raises(EngineError):
        subject.engine.ask_guest(handle.container_id, "true", 5)
    with pytest.raises(MachineMissing):
        subject.engine.ask_guest(MISSING, "true", 5)
