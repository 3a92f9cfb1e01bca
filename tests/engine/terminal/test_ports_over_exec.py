"""Test that a port opens where the machine's socket is out of reach: over the engine's exec."""

from collections.abc import Iterator

import pytest

from sandboxes.models import Host
from tests.support.fixtures.terminal import make_world
from tests.support.ports.port_site import port_site
from tests.support.terminal.ptyd_servers import ContainerPtyd
from tests.support.terminal.terminal_site import World
from tests.support.waiting import settle

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True), pytest.mark.engine]

# All images of machines have Debian's perl; not all have another server.
SERVE = r"""
use IO::Socket::INET;
my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 9, Reuse => 1);
while (my $c = $l->accept) {
  while (<$c>) { last if /^\r?$/ }
  print $c "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", "x" x 200000;
  close $c;
}
"""


@pytest.fixture
def box_world(
    transactional_db: None, docker_url: str, machine_image: str
) -> Iterator[tuple[ContainerPtyd, World]]:
    box = ContainerPtyd(docker_url, image=machine_image)
    host = Host(name="far", transport=Host.Transport.EXEC, docker_url=docker_url)
    yield box, make_world(host, container_id=box.container.id)
    box.stop()


async def test_a_port_opens_over_exec_and_leaves_nothing_there(
    box_world: tuple[ContainerPtyd, World],
) -> None:
    box, world = box_world
    box.container.exec_run(["perl", "-e", SERVE], detach=True)
    async with port_site(world) as there:
        assert (await there.get(8081)).status == 502
        for _ in range(3):
            page = await there.get(8080)
            assert (page.status, len(page.body), page.whole) == (200, 200_000, True)
        await settle(lambda: not any("attach" in command for command in box.processes()), 10)
