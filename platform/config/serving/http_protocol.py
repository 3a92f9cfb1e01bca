"""Speak HTTP as uvicorn does, with an end to all waiting for a peer.

uvicorn itself bounds the size of a head and the pause between two requests, but lets a connection
take for ever over a head, and over reading what it asked for.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from config.serving.turns import turns
from config.serving.waiting import waiting
from core.budgets import STRANGER


class BoundedHTTP(H11Protocol):
    """Close connections that send no whole request, or take no answer, in time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._early: list[bytes] = []  # what came before its turn
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in data; a request that begins waits for a turn."""
        if not self._is_idle() and not self._early:
            super().data_received(data)
            return
        if self._head_timer is None:
            self._wait_for_head()
        self._early.append(data)
        if len(self._early) == 1:
            self.transport.pause_reading()
            turns.take(self._take_turn)

    def _take_turn(self) -> None:
        data, self._early = b"".join(self._early), []
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.resume_reading()
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None:
            # For an answer that can't be whole; it runs only after this.
            extensions: Any = self.cycle.scope.setdefault("extensions", {})
            extensions["drydock.abort"] = self.transport.abort
        if not self._is_idle() and not self.cycle.more_body:
            self._stop_waiting()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        if not self.transport.is_closing():
            waiting.enter(self.transport)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(STRANGER.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_write_timer()
        super().resume_writing()

    def _is_idle(self) -> bool:
        """Whether no request is being read or answered."""
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        waiting.enter(self.transport)
        self._head_timer = self.loop.call_later(STRANGER.header_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._is_idle():
            self.transport.close()

    def _stop_waiting(self) -> None:
        waiting.leave(self.transport)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
