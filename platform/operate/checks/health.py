"""Check whether the platform can work: database, Redis, engine, worker.

Each is asked at once, for a bounded time.
"""

import concurrent.futures
import logging
import shutil
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import docker
import redis
from django.conf import settings
from django.db import OperationalError, connection

from sandboxes.hosts import default_host
from sandboxes.models import Host

logger = logging.getLogger(__name__)

HEARTBEAT_KEY = "drydock:heartbeat:%s"
PARTS = ("worker", "grader")
# Beat asks for a heartbeat every 5 s; a worker whose every process is busy may be late.
HEARTBEAT_SECONDS = 30
ANSWER_SECONDS = 3.0
ENGINE_SECONDS = 2
LOCK_SECONDS = 2
DATABASE_LEAST_BYTES = 20_000_000


def redis_client() -> redis.Redis:
    """Return a Redis client that gives up after a second."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def beat_heart(part: str = "worker") -> None:
    """Note that a worker is at work; the note fades by itself."""
    with redis_client() as client:
        client.set(HEARTBEAT_KEY % part, int(time.time()), ex=HEARTBEAT_SECONDS)


def check_database() -> str:
    """Return "" when the database answers and can be written, else why not.

    So do the other checks. SQLite answers readers while somebody holds its one lock for writing.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if connection.vendor == "sqlite":
                return check_lock(cursor) or check_disk()
    finally:
        connection.close()  # this thread's own connection
    return ""


def check_disk() -> str:
    """Return why the disk of a database in a file is too full; SQLite needs room beside it."""
    free = shutil.disk_usage(settings.VAR_DIR).free
    return "" if free >= DATABASE_LEAST_BYTES else "its disk is full"


def check_lock(cursor: Any) -> str:
    """Take SQLite's lock for writing and let it go; say so when others keep it."""
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        logger.warning("readyz: the database takes no writes: %s", error)
        return f"locked: nothing could be written for {LOCK_SECONDS} s"
    cursor.execute("ROLLBACK")
    return ""


def check_redis() -> str:
    with redis_client() as client:
        client.ping()
    return ""


def check_worker(part: str = "worker") -> str:
    with redis_client() as client:
        alive = client.exists(HEARTBEAT_KEY % part)
    return "" if alive else f"no heartbeat within {HEARTBEAT_SECONDS} s"


def check_engine() -> str:
    try:
        url = default_host().docker_url
    finally:
        connection.close()
    client = docker.DockerClient(base_url=url, timeout=ENGINE_SECONDS)
    try:
        client.ping()
    finally:
        client.close()
    return ""


def shortages() -> set[str]:
    """Return the names of what there is too little of for new machines, on whichever host.

    It is no reason to be taken out of service: pages and machines that run go on. As of a worker's
    last look.
    """
    accepting = list(Host.objects.filter(accepting=True))
    if not all(host.shortages for host in accepting):
        return set()
    return {name for host in accepting for name in host.shortages}


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "redis": check_redis,
    "engine": check_engine,
    "worker": check_worker,
    "grader": partial(check_worker, "grader"),
}


def readiness(
    checks: dict[str, Callable[[], str]] | None = None, seconds: float = ANSWER_SECONDS
) -> dict[str, str]:
    """Return `{part: "" or why it is down}`, within about `seconds` even if a part hangs."""
    checks = CHECKS if checks is None else checks
    pool = concurrent.futures.ThreadPoolExecutor(len(checks), thread_name_prefix="readyz")
    jobs = {name: pool.submit(guarded, name, check) for name, check in checks.items()}
    concurrent.futures.wait(jobs.values(), timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    late = f"no answer within {seconds:.0f} s"
    return {
        name: job.result() if job.done() and not job.cancelled() else late
        for name, job in jobs.items()
    }


def guarded(name: str, check: Callable[[], str]) -> str:
    """Return the check's answer; what it raises means that the part is down.

    The reason goes to the log only: it may hold addresses and paths.
    """
    try:
        return check()
    except Exception as error:  # noqa: BLE001  every client raises its own; all of them mean "down"
        logger.warning("readyz: %s is down: %s", name, error)
        return "down"
