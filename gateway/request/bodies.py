"""The body of a request: read and decompressed within limits of size and time, then parsed as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from gateway.errors import BodyTooLarge, BodyTooSlow, NestedTooDeeply, NotAnObject, NotJson
from gateway.request.capacity import held
from gateway.request.encodings import decode, encoding_of
from mappings.reading.json_text import NotJsonError, TooDeepError, value_of

Json = dict[str, Any]

BODY_SECONDS = 60.0
"""Seconds that a sender may take for one body."""

SMALL = 64 * 1024
"""The largest body, in bytes, of a caller that has not authenticated yet."""

AT_ONCE = 256 * 1024
"""The largest body, in bytes, that is parsed without a thread."""


async def body_of(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """Return the body of a request without its content encoding; at most `limit` bytes, encoded and decoded.

    Raises the errors of `bytes_of` and `decode`.
    """
    return await decode(request, await bytes_of(request, limit, seconds), limit)


async def bytes_of(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """Return the bytes of a request's body, still encoded; at most `limit` bytes.

    Raises BodyTooLarge before more than that is read, BodyTooSlow, and NoRoomForBody if other bodies take all the room.
    """
    chunks: list[bytes] = []
    await _pass_on(request, limit, chunks.append, seconds)
    return b"".join(chunks)


async def read_body(request: Request, limit: int, take: Callable[[bytes], None], seconds: float = BODY_SECONDS) -> None:
    """Give the body of a request to `take` as it comes, piece by piece and without its content encoding.

    Raises what `body_of` and `take` raise. A body with an encoding is unpacked first.
    """
    if not encoding_of(request):
        await _pass_on(request, limit, take, seconds)
        return
    body = await body_of(request, limit, seconds)
    for start in range(0, len(body), AT_ONCE):
        take(body[start : start + AT_ONCE])


async def _pass_on(request: Request, limit: int, take: Callable[[bytes], None], seconds: float) -> None:
    if _announced(request) > limit:
        raise BodyTooLarge
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise BodyTooLarge
                held(request.scope, len(chunk))
                take(chunk)
    except TimeoutError:
        raise BodyTooSlow from None


async def message_of(body: bytes) -> Json:
    """Return the result of `message_in`. A large body is parsed in a thread, because that may take seconds."""
    return message_in(body) if len(body) <= AT_ONCE else await asyncio.to_thread(message_in, body)


def message_in(body: bytes) -> Json:
    """Return the JSON object of a body. Raises NotJson, NotAnObject and NestedTooDeeply."""
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
