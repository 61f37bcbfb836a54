"""What a batch comes to, before anything is written: its parts in groups, each folded onto what is stored or again."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.folding import loading
from ingest.folding.changes import Outcome
from ingest.folding.groups import groups
from ingest.folding.history import history
from ingest.folding.late_events import NOTHING_LATE, record_histories
from ingest.folding.loading import Loaded, has_visit
from ingest.folding.onto_stored import fold_onto_stored
from ingest.folding.refolding import Refold, Verdicts, are_alike, refold
from ingest.keys import VISIT_KEY, names_nobody
from ingest.understanding import Piece, part_id
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session

LONG = 1_000
"""Parts, or records, beyond which a group or a batch is folded outside of the transaction. The transaction then only
looks whether everything is as it was: a long one is in the way of others, and MongoDB ends it."""

LATE = "late"
"""Why a part waits that needs history, while the journal of its tenant is being understood again."""


class LongHistoryError(Exception):
    """More parts are connected than are folded within a transaction."""


class StaleError(Exception):
    """What was prepared was overtaken by another event."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Connected parts of a batch, and what they come to."""

    pieces: list[Piece]
    outcome: Outcome
    refold: Refold | None = None
    """What the group was folded from, if that was the journal."""
    marks: Sequence[Entry] = ()
    """The journal entries for which the fold now has another verdict."""
    others: frozenset[str] = frozenset()
    """The ids of the parts of the journal that were folded with the group."""


class _Groups:
    """The groups of a batch: those that have an outcome, and those that wait to be folded again from the journal.

    A group is found by what its parts name, so that a history finds the groups that it touches without asking each.
    """

    def __init__(self, done: Iterable[Group], again: Iterable[list[Piece]]) -> None:
        self._count = itertools.count()
        self.done: dict[int, Group] = {}
        self.again: dict[int, list[Piece]] = {}
        self._by_key: dict[str, set[int]] = {}
        for group in done:
            self.put(group)
        for pieces in again:
            self.put_again(pieces)

    def put(self, group: Group) -> None:
        """Add a group that has an outcome."""
        self.done[self._number(group.pieces)] = group

    def put_again(self, pieces: list[Piece]) -> None:
        """Add a group that is to be folded again."""
        self.again[self._number(pieces)] = pieces

    def take(self) -> list[Piece]:
        """Remove a group that is to be folded again, and return its parts."""
        number = next(iter(self.again))
        return self._remove(number)

    def take_touching(self, keys: Iterable[str]) -> list[Piece]:
        """Remove the groups that name one of these keys, and return their parts."""
        numbers = {number for key in keys for number in self._by_key.get(key, ())}
        return [piece for number in sorted(numbers) for piece in self._remove(number)]

    def _number(self, pieces: list[Piece]) -> int:
        number = next(self._count)
        for piece in pieces:
            for key in piece.part.keys:
                self._by_key.setdefault(key, set()).add(number)
        return number

    def _remove(self, number: int) -> list[Piece]:
        pieces = self.again.pop(number) if number in self.again else self.done.pop(number).pieces
        for piece in pieces:
            for key in piece.part.keys:
                self._by_key[key].discard(number)
        return pieces


@dataclass(slots=True)
class Plan:
    """What a batch comes to."""

    groups: list[Group] = field(default_factory=list)
    waiting: list[Piece] = field(default_factory=list)
    """Parts that wait until the journal of their tenant has been understood again."""

    @property
    def part_ids(self) -> set[str]:
        """The ids of all parts that it is made for."""
        return {piece.id for pieces in (self.waiting, *(group.pieces for group in self.groups)) for piece in pieces}

    @property
    def verdicts(self) -> Verdicts:
        """What folding decided about all parts."""
        verdicts = Verdicts({}, {piece.id: LATE for piece in self.waiting})
        for group in self.groups:
            verdicts.findings |= group.outcome.world.findings.of
            verdicts.unfolded |= group.outcome.world.people.unfolded
        return verdicts

    @property
    def marks(self) -> list[Entry]:
        """The journal entries of which the fold now finds something else; of each part what its own group found."""
        merged: dict[str, Entry] = {}
        for group in self.groups:
            for entry in group.marks:
                before = merged.get(entry.id, entry)
                parts = (
                    new if part_id(entry.id, number) in group.others else old
                    for number, (old, new) in enumerate(zip(before.parts, entry.parts, strict=True))
                )
                merged[entry.id] = replace(entry, parts=tuple(parts))
        return list(merged.values())

    async def is_current(self, partition: Partition, held: Sequence[Part], session: Session) -> bool:
        """Whether nothing that the plan was made from has changed since."""
        stored = [group for group in self.groups if group.refold is None]
        if any(_is_late(group.pieces, group.outcome.before, held) for group in stored):
            return False
        read = await loading.load_named(partition, [piece for group in stored for piece in group.pieces], session)
        before = Loaded()
        for group in stored:
            before.take(group.outcome.before.documents.values())
        if not are_alike(read, before):
            return False
        for group in self.groups:
            if group.refold is not None:
                past = await history(partition, group.pieces, session, with_bodies=False)
                if not group.refold.is_of(past):
                    return False
        return True


async def make_plan(
    partition: Partition, pieces: list[Piece], held: Sequence[Part], session: Session, *, is_apart: bool = False
) -> Plan:
    """Return what parts come to: each group of connected ones on what is stored, or from the journal if that is due.

    `held`: the parts of the journal that act on more than they name, and name what these name. `is_apart`: the plan is
    made outside of the transaction that will write it, so it may be long, and is folded in a thread. Raises
    LongHistoryError if a plan within a transaction would be long.
    """
    if not is_apart and len(pieces) > LONG:
        raise LongHistoryError
    run = asyncio.to_thread if is_apart else _at_once
    done, again, waiting = list[Group](), list[list[Piece]](), list[Piece]()
    loaded = await loading.load_named(partition, pieces, session)
    grouped = groups(pieces, loaded)
    late = [NOTHING_LATE] * len(grouped)
    if not partition.tenant.is_migrating:  # then the journal may have keys of before
        late = await record_histories(partition, grouped, held, session)
    for (group, theirs), past in zip(grouped, late, strict=True):
        _refuse_long(past.pieces, is_apart=is_apart)
        is_whole_needed = not past.is_enough or _is_late(group, theirs, held)
        outcome = None if is_whole_needed else await run(fold_onto_stored, group, theirs, past, partition)
        if outcome is not None:
            _refuse_long(outcome.records, is_apart=is_apart)
            done.append(Group(group, outcome, marks=past.changed_entries(outcome.world), others=past.ids))
        elif partition.tenant.is_migrating:
            waiting += group
        else:
            again.append(group)
    if not again:
        return Plan(done, waiting)
    found = _Groups(done, again)
    while found.again:
        group = found.take()
        whole = await history(partition, group, session)
        # A history reaches further than its parts name: others of the batch may speak of the records it comes to.
        if others := found.take_touching(whole.keys):
            found.put_again([*group, *others])
            continue
        if not is_apart and len(whole.pieces) > LONG:
            raise LongHistoryError
        folded = await run(refold, whole, group, partition)
        _refuse_long(folded.outcome.records, is_apart=is_apart)
        found.put(Group(group, folded.outcome, folded, folded.marks, folded.pieces))
    return Plan([*found.done.values()], waiting)


def _refuse_long(found: Sized, *, is_apart: bool) -> None:
    if not is_apart and len(found) > LONG:
        raise LongHistoryError


async def _at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    return work(*arguments)


def _is_late(group: list[Piece], before: Loaded, held: Sequence[Part]) -> bool:
    """Whether held parts that name the same may see things otherwise now, or have seen something that is not stored.

    They may if they are newer than a part of the group. If they are older, it matters who was the first of the people
    that name a visit number: that person has got what was held under it.
    """
    held = [part for part in held if part.held]
    orders: dict[str, str] = {}
    for each in group:
        for key in each.part.keys:
            orders[key] = min(orders.get(key, each.part.order), each.part.order)
    if any(part.order > orders[key] for part in held for key in part.keys if key in orders):
        return True
    numbers = {key for part in held for key in part.keys if key.startswith(VISIT_KEY)}
    of_people = [each for each in group if not names_nobody(each.part)]
    return any(not has_visit(each, key, before) for each in of_people for key in each.part.keys if key in numbers)
