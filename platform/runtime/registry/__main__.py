"""`python3 -m gate serve` is the core's first process: the gate, docker-registry and nginx. When one of the two ends,
so does everything, and the engine starts it again. `python3 -m gate ask /collect` is the platform's way to the gate;
`python3 -m gate mirror` is the mirror's first process."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import mirror
from .given import given
from .server import Admin, Gate, UnixServer, ask_unix
from .state import Bounds, State

ROOT = Path("/var/lib/registry")
SHARED = Path("/run/registry")  # the volume that the fronts see; only the public socket lies there
PUBLIC = SHARED / "registry.sock"
PRIVATE = Path("/run/gate")
HERE = Path(__file__).resolve().parent
REGISTRY = ("docker-registry", "serve", str(HERE / "registry.yml"))
BURST_SECONDS = 1.0


def main(words: list[str]) -> int:
    match words:
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
    state = State(ROOT, Bounds(int(given("OWNER_BYTES")), int(given("TOTAL_BYTES"))))
    gate = Gate(state, bytes.fromhex(given("KEY")), PRIVATE / "registry.sock")
    for name, answer in (("gate.sock", gate.answer), ("admin.sock", Admin(state).answer)):
        threading.Thread(target=UnixServer(PRIVATE / name, answer).serve_forever, daemon=True).start()
    registry = _start_registry()
    nginx = subprocess.Popen(("nginx", "-c", str(_nginx_conf())))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.wait(BURST_SECONDS) and nginx.poll() is None and registry.poll() is None:
        if state.burst():
            registry = _break(registry, state)
    return _end(nginx, registry)


def _start_registry() -> "subprocess.Popen[bytes]":
    (PRIVATE / "registry.sock").unlink(missing_ok=True)
    # The same after a restart, so that uploads can go on.
    secret = hashlib.sha256(b"registry " + given("KEY").encode()).hexdigest()
    return subprocess.Popen(REGISTRY, env={**os.environ, "REGISTRY_HTTP_SECRET": secret})


def _break(registry: "subprocess.Popen[bytes]", state: State) -> "subprocess.Popen[bytes]":
    """Let go of every upload under way at once, and of the room that they hold; Docker tries again by itself."""
    sys.stderr.write("uploads have passed the bound of the disk: dropped\n")
    registry.kill()
    registry.wait()
    state.storage.drop_uploads()
    state.collect()
    return _start_registry()


def _nginx_conf() -> Path:
    """The configuration with the largest body that is taken. Sockets that a killed nginx left would keep it from
    starting."""
    PUBLIC.unlink(missing_ok=True)
    text = (HERE / "nginx.conf").read_text().replace("@BODY_BYTES@", given("OWNER_BYTES"))
    file = PRIVATE / "nginx.conf"
    file.write_text(text)
    return file


def _end(*programs: "subprocess.Popen[bytes]") -> int:
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
    """One question to the running gate; its answer goes to standard output. Waits a little for one that starts."""
    end = time.monotonic() + 5
    while True:
        try:
            sys.stdout.write(_post(path))
            return 0
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _post(path: str) -> str:
    status, _, said = ask_unix(PRIVATE / "admin.sock", "POST", path, b"", {})
    return said if status == 200 else sys.exit(f"{path}: {status}")


sys.exit(main(sys.argv[1:]))
