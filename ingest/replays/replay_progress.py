"""The progress of a replay: its counts, and the pages of the journal that it reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import astuple, dataclass, field

from ingest.folding.plan import LATE
from ingest.pipeline import Refolded
from store.entries import Entry
from store.partition import Partition

TAKEN_UP = ("failed", "unmapped", "test", LATE)
"""The reasons for which an event may be open and can be folded once the cause is gone."""
PAGE = 500
"""The number of journal entries that are read, and understood anew, at a time."""
REMEMBERED = 200_000
"""The number of ids of folded parts that are kept in memory, so that connected parts are folded only once."""


@dataclass(slots=True)
class Summary:
    """The counts of a replay."""

    understood: int = 0
    """Journal entries that the former version or settings understood differently."""
    events: int = 0
    groups: int = 0
    """Groups of connected events; each group was folded as a whole."""
    documents: int = 0
    """Documents that the replay changed, created or removed; in a dry run, that it would."""
    entries: int = 0
    """Journal entries whose findings changed; in a dry run, would change."""
    taken_up: int = 0
    """Events that the journal had kept without folding them, and that are folded now."""
    still_open: int = 0

    @property
    def differs(self) -> bool:
        """Return whether the stored entries or documents differed from the result of the replay."""
        return bool(self.understood or self.documents or self.entries)

    def plus(self, other: Summary) -> Summary:
        """Return a Summary with the sums of the counts of both summaries."""
        return Summary(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def count(self, refolded: Refolded) -> None:
        """Add the counts of one group of connected events."""
        self.events += len(refolded.parts)
        self.groups += 1
        self.documents += len(refolded.changed)
        self.entries += len(refolded.marked)


@dataclass(slots=True)
class Lately:
    """The ids of the parts that were folded last; if there are too many, the oldest ids are forgotten first."""

    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def add(self, ids: Iterable[str]) -> None:
        """Remember ids, and forget the oldest ids beyond REMEMBERED."""
        self.ids.update(dict.fromkeys(ids))
        while len(self.ids) > REMEMBERED:
            self.ids.popitem(last=False)


Progress = Callable[[Summary], None]


def silent(_summary: Summary) -> None:
    """Ignore the progress of a replay: the default if the caller wants no progress."""


async def pages(
    partition: Partition,
    after: str = "",
    wanted: dict[str, object] | None = None,
    *,
    limit: int | None = None,
    with_bodies: bool = False,
) -> AsyncIterator[list[Entry]]:
    """Give pages of journal entries in the order of ids, beginning behind the id `after`.

    `wanted` is a filter of MongoDB, `limit` the number of entries of a page (default PAGE). Each page is a query of its
    own, so no cursor stays open while the caller works on a page.
    """
    while page := await partition.journal.page(after, wanted, limit=limit or PAGE, with_bodies=with_bodies):
        yield page
        after = page[-1].id
