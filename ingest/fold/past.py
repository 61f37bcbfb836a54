"""What is kept with a record so that questions about the past find it: what was ever said of it, and its span of time.

Questions look records up by some leaves (`Kind.asked_by`). A record as it was may have had other values of these leaves
than it has now. So each record keeps all values that events said; which of them stood at a moment, the fold tells.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from itertools import chain

from ingest.fold.events import Json
from ingest.ordering import milliseconds_of
from mappings.kinds import Kind
from mappings.reading import CLEAR
from store.spans import node_of

Said = Mapping[str, frozenset[str]]
"""The values that events said, by the path of the leaf."""
Span = tuple[int, int]
"""A beginning and an end in milliseconds (`milliseconds_of`)."""

NEVER: Span = (sys.maxsize, 0)
MANY = frozenset({CLEAR})
"""In the place of values of which there are too many; no value is this text."""
MOST = 64
"""The most values of one leaf that are kept: from then on every question about the past looks at the record."""


@cache
def _leaves(kind: Kind) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the leaves that questions look records of a kind up by: for each block the names and paths of its leaves.

    The block of leaves that stand in the record itself has no name.
    """
    blocks: dict[str, list[tuple[str, str]]] = {}
    for path in dict.fromkeys(chain.from_iterable(kind.asked_by)):
        block, _, name = path.rpartition(".")
        blocks.setdefault(block, []).append((name, path))
    return tuple((block, tuple(leaves)) for block, leaves in blocks.items())


def values_of(kind: Kind, record: Json) -> dict[str, str]:
    """Return the texts that a record has in the leaves of a kind, by path; absent and cleared leaves are left out."""
    found: dict[str, str] = {}
    for name, leaves in _leaves(kind):
        block = _block(record, name) if name else record
        if block.__class__ is dict:
            for leaf, path in leaves:
                value = block.get(leaf)
                if value.__class__ is str and value != CLEAR:
                    found[path] = value
    return found


def _block(record: Json, path: str) -> object:
    if "." not in path:
        return record.get(path)
    block: object = record
    for name in path.split("."):
        block = block.get(name) if isinstance(block, dict) else None
    return block


def with_values(said: Said, kind: Kind, block: Json) -> Said:
    """Return the values with those of one more block; the same object if the block says nothing new."""
    new = {
        path: known | {value}
        for path, value in values_of(kind, block).items()
        if value not in (known := said.get(path, _NONE)) and known != MANY
    }
    return {**said, **{path: _few(known) for path, known in new.items()}} if new else said


_NONE = frozenset[str]()


def united(one: Said, other: Said) -> Said:
    """Return the values of two records that are one now."""
    paths = one.keys() | other.keys()
    return {path: _few(one.get(path, _NONE) | other.get(path, _NONE)) for path in paths}


def _few(values: frozenset[str]) -> frozenset[str]:
    return MANY if len(values) > MOST or values >= MANY else values


def memory_of(said: Said, now: Mapping[str, str]) -> Json:
    """Return what a record must remember: the values that it does not have now. `said_in` reads it.

    `now`: the values of the record.
    """
    former = {path: sorted(known - {now.get(path)}) for path, known in said.items()}
    kept = {path: former[path] for path in sorted(former) if former[path]}
    return {"former": kept} if kept else {}


def said_in(memory: Json, now: Mapping[str, str]) -> Said:
    """Return all values that were said of a stored record. `now` as in `memory_of`."""
    former = {path: frozenset(known) for path, known in memory.get("former", {}).items()}
    return united(former, {path: frozenset({value}) for path, value in now.items()})


def joined(*spans: Span) -> Span:
    """Return the span from the first beginning to the last end."""
    return min(begin for begin, _ in spans), max(end for _, end in spans)


def moment_of(order: str) -> Span:
    """Return the moment of an order as a span."""
    return (milliseconds_of(order),) * 2


def until(moment: int) -> Span:
    """Return a span without a beginning."""
    return NEVER[0], moment


def memory_of_span(span: Span) -> Json:
    """Return what a record must remember of a span of time; nothing if it is a moment, that of the newest event."""
    begin, end = span
    return {"span": {"node": node_of(begin, end), "from": begin, "until": end}} if begin < end else {}


def span_in(memory: Json) -> Span:
    """Return the span of a stored record."""
    span = memory.get("span")
    return (span["from"], span["until"]) if span else moment_of(memory["newest"])
