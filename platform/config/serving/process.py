"""Prepare a web process: the files that it may open, its threads' turns, and its end."""

import ctypes
import multiprocessing
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


# How long a thread that makes a page may keep the one that serves terminals waiting (Python's own
# is 5 ms). It and fewer requests at once, together, took a key's echo under a flood of pages from
# 39 to 10 ms, on a busy host.
SWITCH_SECONDS = 0.0005


def hurry_switches() -> None:
    """Let threads take turns often, for the sake of terminals beside pages."""
    sys.setswitchinterval(SWITCH_SECONDS)


def raise_open_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def end_with_uvicorn() -> None:
    """End one of several web processes together with the uvicorn that started it.

    It would else hold the port, and the next uvicorn could not serve there.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if not parent.is_alive():
        signal.raise_signal(signal.SIGKILL)
