"""Run the gate, ask it something, or run the mirror.

`python3 -m gate serve` is the core's first process: the gate, docker-registry and nginx. When one
of the two ends, so does everything, and the engine starts it again. `python3 -m gate ask /collect`
is the platform's way to the gate; `python3 -m gate mirror` is the mirror's first process.
"""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import mirror
from .env import variable
from .pushes import PushLog
from .server import Admin, Gate, UnixServer, ask_unix
from .state import Bounds, State

ROOT = Path("/var/lib/registry")
# The volume that the fronts see; only public sockets lie there.
SHARED_FOLDER = Path("/run/registry")
PUBLIC_SOCKETS = (SHARED_FOLDER / "registry.sock", SHARED_FOLDER / "library.sock")
PRIVATE_FOLDER = Path("/run/gate")
GATE_FOLDER = Path(__file__).resolve().parent
REGISTRY = ("docker-registry", "serve", str(GATE_FOLDER / "registry.yml"))
BURST_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["serve"]:
            return serve()
        case ["mirror"]:
            return mirror.serve()
        case ["ask", path]:
            return ask(path)
    sys.stderr.write(f"{__doc__}\n")
    return 2


def serve() -> int:
    """Run until one of the programs ends or SIGTERM comes."""
    state = State(ROOT, Bounds(int(variable("OWNER_BYTES")), int(variable("TOTAL_BYTES"))))
    pushes = PushLog()
    gate = Gate(state, bytes.fromhex(variable("KEY")), PRIVATE_FOLDER / "registry.sock", pushes)
    for name, answer in (("gate.sock", gate.answer), ("admin.sock", Admin(state, pushes).answer)):
        threading.Thread(
            target=UnixServer(PRIVATE_FOLDER / name, answer).serve_forever, daemon=True
        ).start()
    registry = start_registry()
    nginx = subprocess.Popen(("nginx", "-c", str(write_nginx_conf())))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.wait(BURST_SECONDS) and nginx.poll() is None and registry.poll() is None:
        if state.burst():
            registry = drop_uploads(registry, state)
    return end(nginx, registry)


def start_registry() -> "subprocess.Popen[bytes]":
    (PRIVATE_FOLDER / "registry.sock").unlink(missing_ok=True)
    # The same after a restart, so that uploads can go on.
    secret = hashlib.sha256(b"registry " + variable("KEY").encode()).hexdigest()
    return subprocess.Popen(REGISTRY, env={**os.environ, "REGISTRY_HTTP_SECRET": secret})


def drop_uploads(registry: "subprocess.Popen[bytes]", state: State) -> "subprocess.Popen[bytes]":
    """Drop every upload under way at once, and free the room that they hold.

    Docker tries again by itself.
    """
    sys.stderr.write("uploads have passed the bound of the disk: dropped\n")
    registry.kill()
    registry.wait()
    state.storage.drop_uploads()
    state.collect()
    return start_registry()


def write_nginx_conf() -> Path:
    """Write the configuration with the largest body that is taken.

    Sockets that a killed nginx left would keep it from starting, so they go.
    """
    for public_socket in PUBLIC_SOCKETS:
        public_socket.unlink(missing_ok=True)
    text = (GATE_FOLDER / "nginx.conf").read_text().replace("@BODY_BYTES@", variable("OWNER_BYTES"))
    file = PRIVATE_FOLDER / "nginx.conf"
    file.write_text(text)
    return file


def end(*programs: "subprocess.Popen[bytes]") -> int:
    for program in programs:
        if program.poll() is None:
            program.terminate()
    for program in programs:
        try:
            program.wait(3)
        except subprocess.TimeoutExpired:
            program.kill()
    return 1


def ask(path: str) -> int:
    """Ask the running gate one question; print its answer. Waits a little for one that starts."""
    # By hand: the gate runs without the platform, whose core.waiting it can not import.
    end = time.monotonic() + 5
    while True:
        try:
            sys.stdout.write(post(path))
            return 0
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def post(path: str) -> str:
    status, _, body = ask_unix(PRIVATE_FOLDER / "admin.sock", "POST", path, b"", {})
    return body if status == 200 else sys.exit(f"{path}: {status}")


sys.exit(main(sys.argv[1:]))
