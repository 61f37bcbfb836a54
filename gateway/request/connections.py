"""The connections of one worker: how many, how long one may keep still, and what is said to who gets no further."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
"""Seconds for the head of a request, from the connection on, or from its first byte where the connection was idle."""

LEAVE_SECONDS = 1.0
"""Seconds that a caller has when the worker ends: who has only come for a request, who is idle for its farewell."""

READ_SECONDS = 0.05
"""Seconds for what has arrived on an idle connection and was not read yet."""

ABORT = "data_on_demand.abort"
"""Where a request finds how to end its connection at once, among the extensions of its scope."""

HEADERS = {
    "cache-control": "private, no-cache, no-store, must-revalidate",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of every answer, unless it has its own. Nothing that is answered here is to be kept, shown or guessed at."""

SECURE = {"strict-transport-security": "max-age=31536000"}
"""Headers beside these where the caller came by TLS, to us or to a proxy that is trusted."""


class Connection(HttpToolsProtocol):
    """A connection that is refused where there are too many, and ended where nothing comes or goes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes a connection in, or refuses it."""
        # Ours takes the place of uvicorn's own limit, which counts requests too and asks nobody to come back.
        most, self.limit_concurrency = self.limit_concurrency, None
        self._head: TimerHandle | None = None
        self._is_leaving = False
        super().connection_made(transport)
        if most is not None and len(self.connections) > most:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, "The service has too many connections.", {"retry-after": "5"})
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets a connection."""
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes bytes, unless the connection was refused."""
        if not self.transport.is_closing():
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begins with a request."""
        super().on_message_begin()
        if self._head is None:
            self._await_head()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """Has the head of a request."""
        self._has_head()
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Ends the connection after the answer that is due, or where no request comes any more."""
        self._is_leaving = True
        if self.cycle is not None and not self.cycle.response_complete:
            super().shutdown()
        else:
            # Closed at once, it would lose a request that is on its way from who has just come, or lies here unread.
            self.loop.call_later(LEAVE_SECONDS if self._head else READ_SECONDS, self._leave)

    def _leave(self) -> None:
        """Ends the connection where it is idle, whether the caller takes leave or not."""
        super().shutdown()
        if self.transport.is_closing():
            # TLS is closed by both sides, and who is idle does not listen: for half a minute nobody would be gone.
            self.loop.call_later(LEAVE_SECONDS, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """Ends an idle connection, also one whose last answer was never read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Says that this is no HTTP."""
        self._say(HTTPStatus.BAD_REQUEST, msg, {})

    def _await_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _has_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _say(self, status: HTTPStatus, text: str, more: dict[str, str]) -> None:
        """Answers from outside of the application, and closes."""
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
