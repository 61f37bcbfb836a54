"""Reading records newest first, as far as it takes to know which of them a limit keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from query_api.asking import Json
from store.conditions import NEWEST, Condition, newness

if TYPE_CHECKING:
    from store.documents import Document

Find = Callable[..., Awaitable[list["Document"]]]
"""A partition's search, as of one moment."""
Read = Callable[["Document"], Json | None]
"""From a document to its record, or None where it is not meant after all."""

_FURTHER = 4
"""How much further a search reaches, while it cannot tell where the limit falls."""


async def newest(find: Find, kind: str, condition: Condition, limit: int, read: Read) -> list[tuple[Any, Json]]:
    """Records, each after its moment, newest first: all, or more than the limit with none of its moment missing."""
    reach = limit + 1
    while True:
        documents = await find(kind, condition, sort=[(NEWEST[kind], -1)], limit=reach)
        kept = [(newness(document), record) for document in documents if (record := read(document)) is not None]
        if len(documents) < reach:
            return kept
        if len(kept) > limit and newness(documents[-1]) != kept[limit - 1][0]:
            return kept
        reach *= _FURTHER
