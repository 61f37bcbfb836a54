"""The bytes of a request: read up to a limit, never longer than a time, and what JSON they are."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.requests import Request

from gateway.admission import held
from gateway.errors import BodyTooLarge, BodyTooSlow, NestedTooDeeply, NotAnObject, NotJson

Json = dict[str, Any]

BODY_SECONDS = 60.0
"""How long a sender may take for one body."""

SMALL = 64 * 1024
"""Bytes that are read of somebody who has not yet shown a key or token."""


async def body_of(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The body of a request, at most `limit` bytes.

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


def message_in(body: bytes) -> Json:
    """The JSON object that a body is; raises `NotJson`, `NotAnObject` or `NestedTooDeeply`."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotJson from None
    if not isinstance(message, dict):
        raise NotAnObject
    try:
        # Reading goes four times as deep as writing: what cannot be written again has no canonical form to be known by.
        orjson.dumps(message)
    except orjson.JSONEncodeError:
        raise NestedTooDeeply from None
    return message


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
