"""How far a replay is: what it counts, and the pages of the journal that it goes through."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import astuple, dataclass, field

from ingest.folding.plan import LATE
from ingest.pipeline import Refolded
from store.entries import Entry
from store.partition import Partition

TAKEN_UP = ("failed", "unmapped", "test", LATE)
"""Why an event may be open that can be folded once the cause is gone."""
PAGE = 500
"""Journal entries that are read, and understood anew, at a time."""
REMEMBERED = 200_000
"""Ids of parts folded lately, kept so that connected parts are folded once."""


@dataclass(slots=True)
class Summary:
    """What a replay did."""

    understood: int = 0
    """Journal entries that were understood otherwise before."""
    events: int = 0
    groups: int = 0
    """Sets of connected events, each folded in one piece."""
    documents: int = 0
    """Documents that were different, new or gone."""
    entries: int = 0
    """Journal entries whose findings were different."""
    taken_up: int = 0
    """Events that had been kept and not folded, and are folded now."""
    still_open: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything was not as it folds."""
        return bool(self.understood or self.documents or self.entries)

    def plus(self, other: Summary) -> Summary:
        """Both together."""
        return Summary(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def count(self, refolded: Refolded) -> None:
        """Add one group."""
        self.events += len(refolded.parts)
        self.groups += 1
        self.documents += len(refolded.changed)
        self.entries += len(refolded.marked)


@dataclass(slots=True)
class Lately:
    """Ids of parts met lately, the oldest forgotten first."""

    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def add(self, ids: Iterable[str]) -> None:
        """Remember ids, and forget the oldest beyond the bound."""
        self.ids.update(dict.fromkeys(ids))
        while len(self.ids) > REMEMBERED:
            self.ids.popitem(last=False)


Progress = Callable[[Summary], None]


def silent(_summary: Summary) -> None:
    """Tell nobody how far a replay is."""


async def pages(
    partition: Partition,
    after: str = "",
    wanted: dict[str, object] | None = None,
    *,
    limit: int | None = None,
    with_bodies: bool = False,
) -> AsyncIterator[list[Entry]]:
    """Give entries by id, a page at a time: no cursor stays open while the entries are worked on."""
    while page := await partition.journal.page(after, wanted, limit=limit or PAGE, with_bodies=with_bodies):
        yield page
        after = page[-1].id
