"""Reading records from the newest on, until it is certain which of them a limit keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from query_api.question import Json
from store.search import TYPES

if TYPE_CHECKING:
    from mappings.kinds import Kind
    from store.conditions import Condition
    from store.documents import Document

Find = Callable[..., Awaitable[Sequence[tuple["Document", Json | None]]]]
"""A search within one snapshot. It returns documents, each with its record, or with None if the question does not mean
the record after all."""

_FURTHER = 4
"""The factor by which a search reads more, as long as it is not certain which records the limit keeps."""


async def newest(find: Find, kind: Kind, condition: Condition, limit: int) -> list[tuple[Document, Json]]:
    """Return documents with their records, newest first.

    These are all records, or more than `limit`; then none is missing that has the moment of the last within the limit.
    """
    reach = limit + 1
    while True:
        found = await find(kind, condition, sort=[(TYPES[kind.type].newest, -1)], limit=reach)
        kept = [(document, record) for document, record in found if record is not None]
        if len(found) < reach:
            return kept
        if len(kept) > limit and found[-1][0].newness != kept[limit - 1][0].newness:
            return kept
        reach *= _FURTHER
