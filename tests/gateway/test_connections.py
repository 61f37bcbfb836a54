"""A connection that is to end: what has come on it is answered first."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from gateway.request.connections import Connection

REQUEST = b"GET / HTTP/1.1\r\nhost: service\r\n\r\n"


async def _no_content(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def test_what_lies_unread_on_an_idle_connection_is_answered() -> None:
    config, state = uvicorn.Config(_no_content, http=Connection, lifespan="off", log_config=None), ServerState()
    config.load()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(REQUEST)
        first = await reader.readuntil(b"\r\n\r\n")
        writer.write(REQUEST)  # sent at once; nothing reads it before this coroutine waits
        [connection] = state.connections
        connection.shutdown()
        second = await reader.read()
        writer.close()
    assert first.startswith(b"HTTP/1.1 204")
    assert b"connection: close" not in first.lower()
    assert second.startswith(b"HTTP/1.1 204")
    assert b"connection: close" in second.lower()
