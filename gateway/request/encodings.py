"""The content encoding of a body: gzip is decompressed within the size limit, any other encoding is refused."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

from starlette.requests import Request

from gateway.errors import BodyTooLarge, EncodingBroken, EncodingUnsupported
from gateway.request.capacity import held

ACCEPTED = "gzip"
_NAMES = {ACCEPTED, "x-gzip"}
_NOTHING = {"", "identity"}

_INPUT, _OUTPUT = 16 * 1024, 256 * 1024
"""The largest number of bytes that one step reads and writes, so that no step takes longer than a few milliseconds."""
_MOST_MEMBERS = 1_000
"""The largest number of members in one gzip body; each costs more time than its few bytes suggest."""
_GZIP_FORMAT = zlib.MAX_WBITS | 16


def encoding_of(request: Request) -> str:
    """Return the content encodings of a request's body, in lower case, or an empty text if it has none."""
    said = ",".join(request.headers.getlist("content-encoding")).lower()
    return ", ".join(name for each in said.split(",") if (name := each.strip()) not in _NOTHING)


async def decode(request: Request, body: bytes, limit: int) -> bytes:
    """Return a body without its content encoding, at most `limit` bytes.

    Raises EncodingUnsupported, EncodingBroken, BodyTooLarge before more than the limit is decompressed, and
    NoRoomForBody if other bodies take all the room.
    """
    encoding = encoding_of(request)
    if not encoding:
        return body
    if encoding not in _NAMES:
        raise EncodingUnsupported("Content-Encoding")
    pieces: list[bytes] = []
    size = 0
    for piece in _unpacked(body):
        size += len(piece)
        if size > limit:
            raise BodyTooLarge
        held(request.scope, len(piece))
        pieces.append(piece)
        await asyncio.sleep(0)  # lets other requests run between two steps
    return b"".join(pieces)


def _unpacked(body: bytes) -> Iterator[bytes]:
    """Yield the pieces of a gzip body. Raises EncodingBroken if it is not gzip, or if its end is missing."""
    unpacking, members = zlib.decompressobj(_GZIP_FORMAT), 1
    for start in range(0, len(body), _INPUT):
        rest = body[start : start + _INPUT]
        while rest:
            if unpacking.eof:
                unpacking, members = zlib.decompressobj(_GZIP_FORMAT), members + 1
                if members > _MOST_MEMBERS:
                    raise EncodingBroken("Content-Encoding")
            try:
                yield unpacking.decompress(rest, _OUTPUT)
            except zlib.error:
                raise EncodingBroken("Content-Encoding") from None
            rest = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
    if not unpacking.eof:
        raise EncodingBroken("Content-Encoding")
