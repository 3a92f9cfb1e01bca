"""Real parts for tests: engine, Redis, browser, the whole platform. What can't be had skips a test
visibly; with CI=true it fails it. A test is marked by the fixtures that it uses, so that `-m
engine` and the like pick it."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from channels.layers import channel_layers
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from core.logging import context as log_context
from operate.console.shell import first_program
from operate.engine.private_engine import EngineChoice, answers, default_sockets
from operate.images.machine_images import FIRST, ensure_images, image_names
from operate.images.tools import ensure_tools
from operate.stack.layout import Layout
from operate.stack.machines import remove_machines
from operate.stack.programs import redis_server
from operate.stack.stack import Stack
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.images import tag_of
from tests.support.availability import unavailable
from tests.support.browser.page_log import PageLog
from tests.support.installation import labelled, remove_labelled
from tests.support.redis import own_redis
from tests.support.running_platform import RunningPlatform

MARKS = {
    "docker_url": "engine",
    "engine": "engine",
    "engine_services": "alone",
    "redis_url": "redis",
    "browser": "browser",
    "page": "browser",
    "stack": "stack",
}
# Keeps the browser from reaching for the network by itself; its own sandbox would need a user that
# is not root.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
tried_again: set[str] = set()
# That of the browser which runs now, if any.
page_logs: list[PageLog] = []


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests by fixture, so that -m can choose among them."""
    definitions = getattr(item, "_fixtureinfo", None)
    for name, fixtures in getattr(definitions, "name2fixturedefs", {}).items():
        # A folder or file may have a fixture of the same name, such as a fake engine.
        if name in MARKS and fixtures[-1].baseid in ("", "tests"):
            item.add_marker(MARKS[name])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the platform's programs have said last, with the failure of a test that used them."""
    report = yield
    platform = getattr(item, "funcargs", {}).get("stack")
    if report.failed and platform:
        report.sections.append(("the platform's logs", platform.logs()))
    if report.failed and page_logs:
        report.sections.append(("what pages complained about", page_logs[-1].text()))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the tests that passed only when tried again, for tests/run.sh to list."""
    path = os.environ.get("DRYDOCK_TRIED_AGAIN", "")
    if not path or "PYTEST_XDIST_WORKER" in os.environ:
        return
    if report.outcome == "rerun":
        tried_again.add(report.nodeid)
    elif report.when == "call" and report.passed and report.nodeid in tried_again:
        with Path(path).open("a") as names:
            names.write(f"{report.nodeid}\n")


@pytest.fixture(scope="session", autouse=True)
def _quick_settings() -> Iterator[None]:
    """Replace what would be shared with the developer's own platform, or slow.

    Redis is shared with other test runs, so each test process has a cache of its own. A real hash
    of a password takes a third of a second, a third of all that the tests in this process take.
    Processes that tests start read config.settings and see nothing of this.
    """
    cache_in_memory = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    quick_hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(CACHES=cache_in_memory, PASSWORD_HASHERS=quick_hashers):
        yield


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Clear the limits, which outlive a test: users of different tests have the same ids."""
    cache.clear()


@pytest.fixture(autouse=True)
def _fresh_log_context() -> None:
    """Begin a log context as a worker does before a task; a test calls such work directly."""
    log_context.begin()


@pytest.fixture(autouse=True)
def _fresh_page_log() -> None:
    """Forget what pages of an earlier test complained about."""
    for log in page_logs:
        log.clear()


@pytest.fixture
def memory_layer(settings: Settings) -> Iterator[None]:
    """Give the test a channel layer of its own."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


@pytest.fixture
def database_on_disk(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Put SQLite into a file, as for the platform: in memory it fails where a file waits.

    For tests with several connections. Another database is used as it is.
    """
    if connection.vendor != "sqlite":
        yield
        return
    before, in_memory = connections.settings["default"], connections["default"]
    connections.settings["default"] = {**before, "NAME": str(tmp_path / "drydock.sqlite3")}
    del connections["default"]
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    connections["default"].close()
    connections.settings["default"], connections["default"] = before, in_memory


# -- engine


@pytest.fixture(scope="session")
def docker_url() -> str:
    """The address of an engine that answers."""
    local = [f"unix://{path}" for path in default_sockets(os.environ) if path.exists()]
    for url in [os.environ.get("DOCKER_HOST", ""), *local]:
        if url and answers(url):
            return url
    return unavailable("no Docker engine answers: run `make test`, or set DOCKER_HOST")


@pytest.fixture(scope="session")
def docker_client(docker_url: str) -> Iterator[docker.DockerClient]:
    """The docker SDK's own client, to look at things from outside the code under test."""
    client = docker.DockerClient(base_url=docker_url, timeout=120)
    yield client
    client.close()


@pytest.fixture(scope="session")
def installation(docker_client: docker.DockerClient) -> Iterator[str]:
    """A label, a var folder, tools and tagged machine images of this test run's own; the settings
    point to them."""
    name = f"drydock-test-{uuid.uuid4().hex[:8]}"
    var = Path(tempfile.mkdtemp(prefix="drydock-"))
    var.chmod(0o711)
    layout = Layout(var)
    layout.make_folders()
    ensure_tools(layout)
    ensure_images(
        docker_client, name, contextlib.nullcontext(), lambda _fraction, _text: None, only=[FIRST]
    )
    with override_settings(
        INSTALLATION=name, VAR_DIR=var, SOCKETS_DIR=var / "sockets", HOMES_DIR=var / "homes"
    ):
        yield name
    leaked = labelled(docker_client, name)
    remove_labelled(docker_client, name)
    shutil.rmtree(var, ignore_errors=True)
    assert not leaked, f"left on the engine: {leaked}"


@pytest.fixture(scope="session")
def need_image(docker_client: docker.DockerClient, installation: str) -> Callable[[str], None]:
    """Makes sure of the images of kinds besides `linux`, which only the tests of those kinds wait
    for."""

    def need(kind: str) -> None:
        ensure_images(
            docker_client,
            installation,
            contextlib.nullcontext(),
            lambda _fraction, _text: None,
            only=[kind],
        )

    return need


@pytest.fixture(scope="session")
def engine(docker_url: str, installation: str) -> Iterator[SandboxEngine]:
    """The real engine under this run's label. At the end nothing of it may be left; what is left is
    removed."""
    from sandboxes.hosts import engine_for
    from sandboxes.models import Host

    real = engine_for(Host(docker_url=docker_url))
    yield real
    leaked = real.find_owned()
    remove_machines(real)
    assert not leaked, f"tests left machines behind: {leaked}"


@pytest.fixture
def engine_services(docker_url: str) -> Stack:
    """The services that `make test` runs around the tests: `engine_services.kill("dockerd")`,
    `engine_services.restart("dockerd")`. Not there when the engine is somebody else's."""
    var = os.environ.get("DRYDOCK_SERVICES", "")
    if not var:
        pytest.skip("the engine is not ours to restart: run `make test` without DOCKER_HOST")
    services = Stack(layout=Layout(Path(var)), engine=EngineChoice("private", docker_url))
    if docker_url != f"unix://{services.layout.docker_socket}":
        pytest.skip("the engine is not ours to restart: run `make test` without DOCKER_HOST")
    return services


# -- Redis


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this test process's own, empty, on a unix socket."""
    program = redis_server()
    if not program.exists():
        unavailable(f"no Redis server at {program}")
    with (
        tempfile.TemporaryDirectory(prefix="drydock-redis-") as folder,
        own_redis(Path(folder)) as url,
    ):
        yield url


# -- browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for one module, no longer.

    While Playwright's loop lives, Django's ORM refuses to work.
    """
    program = first_program(("chromium", "chromium-browser", "google-chrome"))
    if program is None:
        unavailable("no Chromium: install Debian's chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=BROWSER_ARGUMENTS)
        page_logs.append(PageLog(chromium))
        yield chromium
        page_logs.pop()
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Make pages with cookies of their own, each as another person's browser."""
    contexts = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Open a page in a fresh browser profile."""
    return new_page()


# -- the whole platform


@pytest.fixture(scope="module")
def stack(whole_platform: RunningPlatform) -> Iterator[RunningPlatform]:
    """Share the platform with a file of tests; end its sandboxes, so that others find room."""
    yield whole_platform
    whole_platform.end_sandboxes()


@pytest.fixture(scope="session")
def whole_platform(
    docker_url: str, docker_client: docker.DockerClient
) -> Iterator[RunningPlatform]:
    """Run the platform as processes, under a label of its own; nothing of it may be left."""
    name = f"drydock-stack-{uuid.uuid4().hex[:8]}"
    platform = RunningPlatform(docker_url, name)
    platform.start()
    yield platform
    code = platform.stop()
    leaked = labelled(docker_client, name)
    remove_labelled(docker_client, name)
    left = [
        tag_of(name, kind)
        for kind in image_names()
        if docker_client.images.list(tag_of(name, kind))
    ]
    platform.remove_folder()
    assert (code, leaked, left) == (0, [], []), (
        f"exit code, left on the engine, left images: {code, leaked, left}"
    )
