"""Push the images that a `docker` machine begins with into the registry.

Runs by itself as the first process of a `docker` machine that has no network
(sandboxes/registry/library.py). The registry's socket is in a volume; the machine's engine reaches
it under an address of its own. `fill_library.py MARK` ends with 0 when everything is there.
"""

import contextlib
import socket
import socketserver
import subprocess
import sys
import threading
import time

START_ENGINE = "/usr/local/sbin/start-docker"
REGISTRY_SOCKET = "/run/registry/registry.sock"
# Engines speak to addresses of their own host without TLS and without a proxy.
HOST, PORT = "127.0.0.1", 5000
LIBRARY = f"{HOST}:{PORT}/library"
PRELOADED = "drydock/"
READY_SECONDS = 60
CHUNK_BYTES = 1 << 16


class Forwarder(socketserver.StreamRequestHandler):
    """Carry a connection to the registry's socket and back."""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as registry:
            registry.connect(REGISTRY_SOCKET)
            back = threading.Thread(target=carry, args=(registry, self.connection))
            back.start()
            carry(self.connection, registry)
            back.join()


class Server(socketserver.ThreadingTCPServer):
    """Forward each connection in a thread."""

    allow_reuse_address = True
    daemon_threads = True


def carry(source: socket.socket, target: socket.socket) -> None:
    """Copy until the source ends, and say so to the target."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


def main(mark: str) -> None:
    """Push every preloaded image, and last what says that all are there."""
    threading.Thread(target=Server((HOST, PORT), Forwarder).serve_forever, daemon=True).start()
    subprocess.Popen([START_ENGINE])
    wait_for_engine()
    subprocess.run(["registry", "rm", "preloaded"], check=False)  # of the machine's last image
    listing = docker("images", "--format", "{{.Repository}}", f"{PRELOADED}*")
    names = [name.removeprefix(PRELOADED) for name in sorted(set(listing.split()))]
    for name in names:
        push(name, f"{LIBRARY}/{name}:latest")
    push(names[0], f"{LIBRARY}/preloaded:{mark}")


def wait_for_engine() -> None:
    # By hand: this runs without the platform, whose core.waiting it can not import.
    end = time.monotonic() + READY_SECONDS
    while subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        if time.monotonic() > end:
            sys.exit("the engine did not start")
        time.sleep(0.2)


def push(name: str, target: str) -> None:
    docker("tag", f"{PRELOADED}{name}:latest", target)
    docker("push", "--quiet", target)


def docker(*arguments: str) -> str:
    """Run a command of Docker's and return what it prints. Ends where it fails."""
    result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"docker {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    main(sys.argv[1])
