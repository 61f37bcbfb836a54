"""The bytes of a request: read and unpacked up to a limit, never longer than a time, and what JSON they are."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from gateway.errors import BodyTooLarge, BodyTooSlow, NestedTooDeeply, NotAnObject, NotJson
from gateway.request.capacity import held
from gateway.request.encodings import decode
from mappings.reading.json_text import NotJsonError, TooDeepError, value_of

Json = dict[str, Any]

BODY_SECONDS = 60.0
"""How long a sender may take for one body."""

SMALL = 64 * 1024
"""Bytes that are read of somebody who has not yet shown a key or token."""

AT_ONCE = 256 * 1024
"""Bytes of JSON that are read at once."""


async def body_of(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The body of a request without its content encoding, at most `limit` bytes with it and without it.

    Raises what `bytes_of` and `decode` raise.
    """
    return await decode(request, await bytes_of(request, limit, seconds), limit)


async def bytes_of(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The body of a request as it comes, at most `limit` bytes.

    Raises `BodyTooLarge` before more than that is read, `BodyTooSlow`, and `NoRoomForBody` while others take the room.
    """
    if _announced(request) > limit:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise BodyTooLarge
                held(request.scope, len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise BodyTooSlow from None
    return b"".join(chunks)


async def message_of(body: bytes) -> Json:
    """What `message_in` gives; a large body is read in a thread, because what it holds may take seconds."""
    return message_in(body) if len(body) <= AT_ONCE else await asyncio.to_thread(message_in, body)


def message_in(body: bytes) -> Json:
    """The JSON object that a body is; raises `NotJson`, `NotAnObject` or `NestedTooDeeply`."""
    try:
        message = value_of(body)
    except NotJsonError:
        raise NotJson from None
    except TooDeepError:
        raise NestedTooDeeply from None
    if not isinstance(message, dict):
        raise NotAnObject
    return message


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
