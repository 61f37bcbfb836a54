"""The connections of one worker: their number, their time limits, and the response if no request can be read."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
"""Seconds for the head of a request, from the start of the connection or, after an earlier request, from its first
byte."""

LEAVE_SECONDS = 1.0
"""Seconds that a connection has when the worker ends: a new one for its first request, an idle one for closing TLS."""

READ_SECONDS = 0.05
"""Seconds to read the bytes that have arrived on an idle connection."""

ABORT = "data_on_demand.abort"
"""The key, in the `extensions` of a request's scope, of the function that ends the connection at once."""

HEADERS = {
    "cache-control": "private, no-cache, no-store, must-revalidate",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""The headers of every response, unless it has its own. Responses must not be cached or framed, and their type must not
be guessed."""

SECURE = {"strict-transport-security": "max-age=31536000"}
"""Further headers if the caller uses TLS, to this service or to a trusted proxy."""


class Connection(HttpToolsProtocol):
    """A connection that is refused if there are too many, and that ends if no bytes come or go."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection, or refuse it with 503."""
        # This limit replaces uvicorn's, which counts requests too and sends no Retry-After.
        most, self.limit_concurrency = self.limit_concurrency, None
        self._head: TimerHandle | None = None
        self._is_leaving = False
        super().connection_made(transport)
        if most is not None and len(self.connections) > most:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, "The service has too many connections.", {"retry-after": "5"})
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer of a connection that has ended."""
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read bytes, unless the connection was refused."""
        if not self.transport.is_closing():
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request: start the timer of its head, and let the request abort the connection."""
        super().on_message_begin()
        if self._head is None:
            self._await_head()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """Stop the timer, because the head of the request is complete."""
        self._has_head()
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End the connection after the response that is being sent, or soon if there is none."""
        self._is_leaving = True
        if self.cycle is not None and not self.cycle.response_complete:
            super().shutdown()
        else:
            # If it closed at once, a first request that is on its way, or one that arrived unread, would be lost.
            self.loop.call_later(LEAVE_SECONDS if self._head else READ_SECONDS, self._leave)

    def _leave(self) -> None:
        """End the connection if it is idle; abort it if the caller does not close TLS."""
        super().shutdown()
        if self.transport.is_closing():
            # Both sides must close TLS, but an idle caller does not read: the connection would stay for half a minute.
            self.loop.call_later(LEAVE_SECONDS, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection, also if the caller has never read its last response."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP with 400."""
        self._say(HTTPStatus.BAD_REQUEST, msg, {})

    def _await_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _has_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _say(self, status: HTTPStatus, text: str, more: dict[str, str]) -> None:
        """Send a response without the application, and close the connection."""
        self._has_head()
        secure: dict[str, str] = SECURE if self.scheme == "https" else {}
        headers: dict[str, Any] = {
            "content-type": "text/plain; charset=utf-8",
            "content-length": len(text),
            "connection": "close",
            **more,
            **HEADERS,
            **secure,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n{text}".encode())
        self.transport.close()
