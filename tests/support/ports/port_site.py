"""Serve ports under a real uvicorn, and look at them as a browser does, well or badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import h11
from asgiref.sync import sync_to_async
from django.test import Client
from websockets.asyncio.client import connect

from config.serving.own_pages import OnlyOwnPages
from ports.application import PortsInFront
from ports.headers import SAFE_COOKIE
from ports.names import PortAddress
from tests.support.serving import serving
from tests.support.terminal.terminal_site import World

SECONDS = 20.0
LOCAL = {"Host": "localhost"}
PLATFORM = "http://localhost"


async def fake_platform(scope: Any, receive: Any, send: Any) -> None:
    """PageAnswer as the platform, where a request should not have gone."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "platform"})
        return
    headers = [(b"content-length", b"8"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"platform"})


@dataclass
class PageAnswer:
    """Hold what came back; `whole` is false when the connection was cut before the end."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool = True

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class PortSite:
    """A running server in front of a world's machine."""

    server: int
    world: World
    clients: dict[str, Client] = field(default_factory=dict)

    def host(self, port: int) -> str:
        address = PortAddress(self.world.machine.pk, port)
        return f"{address.label}.ports.localhost:{self.server}"

    async def request(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        raw: bytes = b"",
    ) -> PageAnswer:
        """Send one request, and read the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}"] if body else []
        try:
            writer.write(raw or ("\r\n".join(lines) + "\r\n\r\n").encode() + body)
            async with asyncio.timeout(SECONDS):
                return await read_answer(reader, method)
        finally:
            writer.close()

    async def link(self, port: int, user: str = "student", path: str = "/") -> Any:
        """Ask the API for an address, as a page does; give Django's response."""
        client = self.clients.setdefault(user, Client())
        target = f"/api/machines/{self.world.machine.pk}/ports/{port}"

        def ask() -> Any:
            if user and "_auth_user_id" not in client.session:
                client.force_login(self.world.users[user])
            return client.post(target, {"path": path}, "application/json", headers=LOCAL)

        return await sync_to_async(ask)()

    async def open(self, port: int, user: str = "student") -> PageAnswer:
        """Follow an address as the page's frame does; give the answer that sets the cookies."""
        url = urlsplit((await self.link(port, user)).json()["url"])
        referer = {"Referer": f"{PLATFORM}/"}
        return await self.request(
            f"{url.netloc}:{self.server}", f"{url.path}?{url.query}", headers=referer
        )

    async def cookie(self, port: int, user: str = "student", name: str = SAFE_COOKIE) -> str:
        """Open a port; give the cookie that reaches it from then on."""
        answer = await self.open(port, user)
        cookies = [cookie.split(";")[0] for cookie in answer.all("set-cookie")]
        return next(cookie for cookie in cookies if cookie.startswith(f"{name}="))

    async def get(self, port: int, path: str = "/", **options: Any) -> PageAnswer:
        """Open a port and ask it for something."""
        headers = {"Cookie": await self.cookie(port)} | options.pop("headers", {})
        return await self.request(self.host(port), path, headers=headers, **options)

    def websocket(self, port: int, path: str = "/", **options: Any) -> connect:
        """Open a websocket to a port, from its own origin unless `origin` says another."""
        origin = options.pop("origin", f"http://{self.host(port)}")
        return connect(
            f"ws://{self.host(port)}{path}",
            host="127.0.0.1",
            port=self.server,
            origin=origin,
            compression=None,
            **options,
        )


async def read_answer(reader: asyncio.StreamReader, method: str) -> PageAnswer:
    """Read an answer to its end, or as far as it comes."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    http.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    answer = PageAnswer(0, [], b"", whole=False)
    body = bytearray()
    while True:
        try:
            event = http.next_event()
        except h11.RemoteProtocolError:
            break
        if event is h11.NEED_DATA:
            try:
                http.receive_data(await reader.read(65536))
            except ConnectionError:
                break
        elif isinstance(event, h11.Response):
            answer.status = event.status_code
            answer.headers = [(key.decode(), value.decode()) for key, value in event.headers]
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            answer.whole = True
            break
        else:
            break
    answer.body = bytes(body)
    return answer


@asynccontextmanager
async def port_site(world: World) -> AsyncIterator[PortSite]:
    async with serving(PortsInFront(OnlyOwnPages(fake_platform)), server_header=False) as port:
        yield PortSite(port, world)
