"""A taken port, and a var folder in use, are said before anything is started."""

import socket
import tempfile
from pathlib import Path

import pytest

from operate.errors import OperateError
from operate.stack.layout import Layout
from operate.stack.lock import only_run
from operate.stack.ports import assert_port_free, free_port


def test_a_taken_port_is_named_with_the_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OperateError, match=rf"127\.0\.0\.1:{port}.*DRYDOCK_PORT"):
            assert_port_free("127.0.0.1", port)


def test_a_free_port_is_no_error():
    assert_port_free("127.0.0.1", free_port())


def test_only_one_run_at_a_time_from_a_var_folder():
    with tempfile.TemporaryDirectory(prefix="drydock-") as folder:
        layout = Layout(Path(folder))
        with only_run(layout), pytest.raises(OperateError, match="already runs"), only_run(layout):
            pass
        with only_run(layout):
            pass
