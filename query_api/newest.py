"""Reading records newest first, as far as it takes to know which of them a limit keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from query_api.asking import Json
from store.search import TYPES

if TYPE_CHECKING:
    from mappings.kinds import Kind
    from store.conditions import Condition
    from store.documents import Document

Find = Callable[..., Awaitable[Sequence[tuple["Document", Json | None]]]]
"""A search as of one moment: documents with their records, or None in place of one that is not meant after all."""

_FURTHER = 4
"""How much further a search reaches, while it cannot tell where the limit falls."""


async def newest(find: Find, kind: Kind, condition: Condition, limit: int) -> list[tuple[Any, Json]]:
    """Records, each after its moment, newest first: all, or more than the limit with none of its moment missing."""
    reach = limit + 1
    while True:
        found = await find(kind, condition, sort=[(TYPES[kind.type].newest, -1)], limit=reach)
        kept = [(document.newness, record) for document, record in found if record is not None]
        if len(found) < reach:
            return kept
        if len(kept) > limit and found[-1][0].newness != kept[limit - 1][0]:
            return kept
        reach *= _FURTHER
