"""What terminal tests share: an engine, an image with a shell, a PTY server, users and a sandbox."""

import os
from datetime import timedelta
from typing import Any

import docker
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from docker.errors import DockerException

from accounts.models import User
from sandboxes.models import Host, Machine, Sandbox
from tests.terminal.box import HostPtyd
from tests.terminal.live import World


def _lack(what):
    """Skip, visibly; where everything is meant to be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def docker_url():
    """The engine in DOCKER_HOST, when one answers."""
    url = os.environ.get("DOCKER_HOST", "")
    try:
        client = docker.DockerClient(base_url=url or None)
        client.ping()
    except DockerException:
        _lack("no Docker engine answers")
    client.close()
    return url


@pytest.fixture(scope="session")
def machine_image(docker_url):
    """The `linux` machine's image, or the plain Debian that it is made from."""
    client = docker.DockerClient(base_url=docker_url)
    tags = {tag for image in client.images.list() for tag in image.tags}
    client.close()
    for tag in (f"{django_settings.INSTALLATION}/linux:latest", "debian:bookworm-slim"):
        if tag in tags:
            return tag
    return _lack("the engine has no image of a machine: run `manage.py images`")


@pytest.fixture
def host_ptyd(tmp_path):
    """A PTY server of this host, fresh for each test."""
    server = HostPtyd(tmp_path)
    yield server
    server.stop()


def make_world(host, **machine_fields: Any):
    """A ready sandbox of `student` with one machine, and three more users. Each is signed in with a cookie."""
    users = {
        name: User.objects.create_user(name, password=None, role=role)
        for name, role in (
            ("student", User.Role.STUDENT),
            ("outsider", User.Role.STUDENT),
            ("instructor", User.Role.INSTRUCTOR),
            ("operator", User.Role.OPERATOR),
        )
    }
    now = timezone.now()
    sandbox = Sandbox.objects.create(
        user=users["student"],
        lesson_key="course/lesson",
        state=Sandbox.State.READY,
        changed_at=now,
        active_at=now - timedelta(hours=1),
        expires_at=now + timedelta(hours=1),
    )
    host.save()
    machine = Machine.objects.create(
        host=host,
        sandbox=sandbox,
        name="box",
        kind="linux",
        image="sha256:0",
        state=Machine.State.CLAIMED,
        changed_at=now,
        **machine_fields,
    )
    return World(machine, users, {name: _cookie(user) for name, user in users.items()})


def _cookie(user):
    client = Client()
    client.force_login(user)
    return f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def world(transactional_db, host_ptyd, settings):
    # Channels' refusal of a foreign origin is a consumer, and a consumer wants a channel layer; terminals do not.
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    return make_world(Host(name="here", transport=Host.Transport.SOCKET), socket_path=host_ptyd.socket)
