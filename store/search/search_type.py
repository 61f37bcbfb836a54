"""A FHIR type as searches see it: its search parameters, its indexes, and the member that orders its documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import accumulate, chain

from pymongo import ASCENDING, IndexModel

from store.search.paths import Json
from store.search.reading import reader
from store.search.rows import Row
from store.search.tokens import Key

Parameters = Callable[[Json, Key, tzinfo], Json]
"""A function that returns the `search` object of a resource, with the tenant's key and time zone."""


FORMER = "former"
"""The search parameter with the tokens of former values; the parameters of former moments begin with this name."""

EVERY = "*"
"""The former token of a record that had too many values: every question about the past looks at the record."""


class TypeFaulty(ValueError):
    """The rows and indexes of a type contradict each other."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index over members of a document, such as `search.date`; `name` is its name in MongoDB."""

    name: str
    members: tuple[str, ...]
    is_partial: bool = False
    """Whether documents without the first member are not in the index."""

    def model(self, *first: str) -> IndexModel:
        """Return the index for MongoDB; it begins with the members `first`."""
        partial = {self.members[0]: {"$exists": True}} if self.is_partial else None
        options = {"partialFilterExpression": partial} if partial else {}
        return IndexModel([(member, ASCENDING) for member in (*first, *self.members)], name=self.name, **options)


def index(*parameters: str, is_partial: bool = False) -> Index:
    """Return an index over search parameters; its name is made of theirs."""
    return Index("_".join(parameters), tuple(f"search.{each}" for each in parameters), is_partial)


@dataclass(frozen=True)
class SearchType:
    """The searches of one FHIR type. Its construction raises PathUnreadable or TypeFaulty."""

    type: str
    """The FHIR type, and the name of the collection."""
    rows: tuple[Row, ...]
    indexes: tuple[Index, ...]
    """The indexes, in this order: if several do equally well in MongoDB's trial, MongoDB uses the first."""
    newest: str = "fold.last"
    """The member that orders documents from old to new: the time of their newest event, or another moment."""
    former: tuple[str, ...] = ()
    """Parameters that may have had other values: `search.former` has the tokens of all values that were ever said and
    that are not in the parameter now, and for a moment such as `date` the member `search.former-date` the moments."""
    lasting: tuple[str, ...] = ()
    """Parameters that never change."""
    shared: bool = False
    """Whether several kinds of record share the collection; each index then begins with tenant and kind."""
    parameters: Parameters = field(init=False, repr=False, compare=False)
    """A function that returns the `search` object of a resource; parameters without a value are left out."""

    def __post_init__(self) -> None:
        faults = [*self._faults()]
        if faults:
            raise TypeFaulty(f"{self.type}: {', '.join(faults)}")
        object.__setattr__(self, "parameters", _parameters(self.rows))

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the names of the parameters whose values are tokens."""
        return tuple(dict.fromkeys(row.name for row in self.rows if row.is_token))

    def models(self) -> list[IndexModel]:
        """Return the indexes for MongoDB; each begins with the tenant, and then the kind if the type is shared."""
        first = ("tenant", "kind") if self.shared else ("tenant",)
        return [each.model(*first) for each in self.indexes]

    def _faults(self) -> Iterator[str]:
        lists = Counter(row.name for row in self.rows if row.is_list)
        single = Counter(row.name for row in self.rows if not row.is_list)
        yield from (f"{name} has a row that is no list" for name in lists & single)
        yield from (f"{name} has several rows and is no list" for name, rows in single.items() if rows > 1)
        members = dict.fromkeys(chain([self.newest], *(each.members for each in self.indexes)))
        named = [member.removeprefix("search.") for member in members if member.startswith("search.")]
        named += [*self.former, *self.lasting]
        own = {FORMER, *(f"{FORMER}-{name}" for name in self.former)}
        yield from (f"{name} has no row" for name in named if name not in (lists | single).keys() | own)


def _parameters(rows: Sequence[Row]) -> Parameters:
    read = reader([paths for row in rows for paths in row.sources])
    ends = accumulate(len(row.sources) for row in rows)
    plan = [
        (row.name, row.keep, row.default, row.is_list, end - len(row.sources), end if len(row.sources) > 1 else None)
        for row, end in zip(rows, ends, strict=True)
    ]

    def parameters(resource: Json, key: Key, zone: tzinfo) -> Json:
        values = read(resource)
        said: Json = {}
        for name, keep, default, is_list, first, end in plan:
            found = values[first]
            if not found:
                kept = default
            elif end is None:
                kept = keep(key, zone, found)
            else:
                kept = keep(key, zone, *values[first:end])
            if not is_list:
                if kept is not None:
                    said[name] = kept
            elif kept:
                said[name] = said[name] + kept if name in said else kept
        return said

    return parameters
