"""A load client: HTTP/1.1 over kept connections, as little of it as these servers need, so that it is no bottleneck."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

import httpx

from gateway.sandbox.well_known import API_KEY, SECRET

_LENGTH, _CLOSES, _END, _OK = b"\r\ncontent-length: ", b"\r\nconnection: close", b"\r\n\r\n", b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Load:
    """How a load was carried: seconds in all, and of each request."""

    seconds: float
    each: list[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.each) / self.seconds

    @property
    def p50(self) -> float:
        """Milliseconds that half of the requests took at most."""
        return median(self.each) * 1000

    @property
    def p99(self) -> float:
        """Milliseconds that all but a hundredth of the requests took at most."""
        return quantiles(self.each, n=100)[98] * 1000


def post(url: str, path: str, body: bytes, token: str = "") -> bytes:
    """The bytes of a request."""
    head = f"POST {path} HTTP/1.1\r\nhost: {urlsplit(url).netloc}\r\ncontent-type: application/json\r\n"
    head += f"authorization: Bearer {token}\r\n" if token else ""
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def token_of(url: str) -> str:
    """An access token for the sandbox's client."""
    answer = httpx.post(f"{url}/auth/authenticate", json={"apiKey": API_KEY, "secret": SECRET}, timeout=30)
    return str(answer.raise_for_status().json()["accessToken"])


async def ask(url: str, request: bytes) -> bytes:
    """The body of the answer to one request; raises RefusedError."""
    connection = await opened(url)
    try:
        return await connection.ask(request)
    finally:
        connection.close()


async def carry(url: str, requests: Sequence[bytes], connections: int) -> Load:
    """Sends all requests, each connection its next one when the last is answered; raises RefusedError."""
    kept = [await opened(url) for _ in range(connections)]
    waiting, each = iter(requests), list[float]()
    began = perf_counter()
    try:
        await asyncio.gather(*(_work_off(connection, waiting, each) for connection in kept))
    finally:
        for connection in kept:
            connection.close()
    return Load(perf_counter() - began, each)


async def _work_off(connection: Connection, waiting: Iterator[bytes], each: list[float]) -> None:
    for request in waiting:
        began = perf_counter()
        await connection.ask(request)
        each.append(perf_counter() - began)


async def opened(url: str) -> Connection:
    """A connection; raises OSError."""
    at = urlsplit(url)
    assert at.hostname
    assert at.port
    _, connection = await asyncio.get_running_loop().create_connection(Connection, at.hostname, at.port)
    return connection


class RefusedError(Exception):
    """A server did not answer 200."""


class Connection(asyncio.Protocol):
    """One connection, on which one request at a time waits for its answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[bytes] | None = None
        self._came = b""
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Notes where to write."""
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes) -> bytes:
        """The body of an answer; raises RefusedError."""
        if self.is_closed:
            raise RefusedError("connection closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Takes a piece of an answer."""
        self._came += data
        head, ended, body = self._came.partition(_END)
        if not ended:
            return
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r")[0])
        if len(body) < length:
            return
        self._came = b""
        if self._answer is None or self._answer.done():
            # Nobody waits any more, or has asked yet: one connection too many is turned away before it says a word.
            self.is_closed = True
            return
        if _CLOSES in head.lower():
            self.is_closed = True
        if head.startswith(_OK):
            self._answer.set_result(body)
        else:
            self._answer.set_exception(RefusedError(head.partition(b"\r")[0].decode()))

    def connection_lost(self, _error: Exception | None) -> None:
        """Lets go of who waits."""
        self.is_closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(RefusedError("connection closed"))

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()
