"""The var folder: a path too long for unix sockets is refused before anything starts."""

import os
from pathlib import Path

import pytest
from django.db import connection

from operate.errors import OperateError
from operate.stack.layout import SHARED_WITH_MACHINES, Layout


def test_a_long_path_is_refused_with_what_to_do():
    with pytest.raises(OperateError, match="DRYDOCK_VAR"):
        Layout(Path("/" + "x" * 80))


def test_the_longest_socket_fits():
    layout = Layout(Path("/" + "x" * 65))
    assert len(str(layout.containerd_socket) + ".ttrpc") <= 107


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr("operate.stack.layout.VAR_PATH_MAX", 200)
    return Layout(tmp_path / "var")


def open_to_others(folder: Path) -> list[str]:
    """What some other user of the host may read, write or enter, below a folder."""
    shared = {folder / name for name in SHARED_WITH_MACHINES}
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.lstat().st_mode & 0o077 and not shared & {path, *path.parents}
    ]


def test_nothing_of_an_installation_of_before_stays_readable(layout):
    """The database, its log, mails, homes, the key, collected files; whatever comes yet."""
    for name in ("drydock.sqlite3", "drydock.sqlite3-wal", "mail/1.log", "homes/a/b.tar", "new/x"):
        file = layout.var / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret")
        file.chmod(0o666)
        file.parent.chmod(0o777)
    (layout.var / "link").symlink_to("/etc/passwd")
    before = Path("/etc/passwd").stat().st_mode
    layout.make_folders()
    assert [name for name in open_to_others(layout.var) if name != "link"] == []
    assert layout.logs.stat().st_mode & 0o777 == 0o700
    assert Path("/etc/passwd").stat().st_mode == before


def test_machines_still_pass_through_var(layout):
    layout.make_folders()
    assert layout.var.stat().st_mode & 0o777 == 0o711
    assert layout.tools.stat().st_mode & 0o005 == 0o005


@pytest.mark.skipif(os.geteuid() != 0, reason="a folder's group is root's to give")
def test_where_the_machines_group_is_known_nobody_else_passes(layout):
    layout.make_folders()
    layout.close_to_all_but(1_000_000)
    layout.make_folders()
    state = layout.var.stat()
    assert (state.st_gid, state.st_mode & 0o777) == (1_000_000, 0o710)


def test_a_database_that_any_command_makes_is_its_owners_alone(database_on_disk):
    if connection.vendor != "sqlite":
        pytest.skip("another database keeps its files elsewhere")
    file = Path(connection.settings_dict["NAME"])
    connection.close()
    file.chmod(0o644)
    connection.ensure_connection()
    files = file.parent.glob(f"{file.name}*")
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
