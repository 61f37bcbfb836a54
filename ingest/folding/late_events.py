"""Late events: what they need beside the stored records of their person.

A late event of a person needs to know that nobody else has one of the person's identifiers: then its words are put in
their place by their stamps. Of visits and items it needs the history of those that it names, and of no others. An event
that replaces an item needs the history of both items, late or not. What this is not enough for, such as a join of two
people or an event before a merge, is folded from the whole history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.fold import items
from ingest.fold.visits import encounters
from ingest.fold.world import World
from ingest.folding.history import person_keys
from ingest.folding.item_histories import items_connected, items_needed
from ingest.folding.loading import MANY_FOR_A_NAME, Loaded, is_hold, owners_of, tokens
from ingest.keys import ITEM_KEY, OF_ITEMS, PERSON_KEY, VISIT_KEY, connecting_keys, names_nobody
from ingest.understanding import NEVER_FOLDED, Piece, pieces_of, understand_entry
from mappings.kinds import PERSON, VISITS
from store.conditions import is_any
from store.documents import Document
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session

VisitOf = tuple[str, str]
"""A visit by the id of its person and its number."""


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """All parts of the journal that are of the visits and items which late parts of one person name."""

    alone: str = ""
    """The id of the person whom the parts name; nobody else and no held part names one of this person's identifiers.
    Empty if there is no such person, or if no part is late."""
    visits: frozenset[VisitOf] = frozenset()
    """The visits."""
    items: frozenset[str] = frozenset()
    """The journal keys of the items."""
    pieces: tuple[Piece, ...] = ()
    """The parts, without those that are to be folded now; their events are not read yet."""
    keys: frozenset[str] = frozenset()
    """The keys of the person, and those that the parts to be folded name."""
    since: str = ""
    """The order of the first part that is to be folded now; of what came before it the issues stay."""
    is_enough: bool = True
    """Whether the parts can be folded with it; if not, they need the whole history."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the parts in the fold."""
        return frozenset(piece.id for piece in self.pieces)

    def read(self, partition: Partition) -> list[Piece]:
        """Return the parts with their events, read again from the bodies of their entries."""
        ids, entries = self.ids, {piece.entry.id: piece.entry for piece in self.pieces}
        return [
            piece for entry in entries.values() for piece in understand_entry(entry, partition).parts if piece.id in ids
        ]

    def changed_entries(self, world: World) -> list[Entry]:
        """Return the entries of the parts whose issues about visits and items changed, with the new ones."""
        changed: dict[str, Entry] = {}
        for piece in (piece for piece in self.pieces if piece.part.order > self.since):
            entry = changed.get(piece.entry.id, piece.entry)
            others = (code for code in piece.part.findings if code not in _ISSUES)
            now = (*others, *(code for code in world.findings.of.get(piece.id, ()) if code in _ISSUES))
            if now != piece.part.findings:
                parts = enumerate(entry.parts)
                judged = (replace(each, findings=now) if number == piece.number else each for number, each in parts)
                changed[entry.id] = replace(entry, parts=tuple(judged))
        return list(changed.values())


NOTHING_LATE = RecordHistory()
NOT_ENOUGH = RecordHistory(is_enough=False)
_ISSUES = encounters.ISSUES | items.ISSUES


@dataclass(slots=True)
class _Late:
    """One group with late parts, while it is looked up what they need."""

    pieces: list[Piece]
    person: Document
    keys: set[str]
    """The keys of the person's identifiers."""
    visits: dict[str, str] = field(default_factory=dict)
    """The numbers of visits whose history is needed, by their keys."""
    items: set[str] = field(default_factory=set)
    """The journal keys of items whose history is needed."""
    is_alone: bool = True

    @property
    def named(self) -> set[str]:
        """The keys that the parts name."""
        return {key for piece in self.pieces for key in piece.part.keys}


async def record_histories(
    partition: Partition, groups: Sequence[tuple[list[Piece], Loaded]], held: Sequence[Part], session: Session
) -> list[RecordHistory]:
    """Return what each group of parts needs; all groups are looked up together.

    `held`: the parts of the journal that act on more than they name, and name what these name.
    """
    held_keys = {key for part in held if part.held for key in part.keys}
    remembered = {key for part in held if part.reach == OF_ITEMS for key in part.keys if key.startswith(ITEM_KEY)}
    items = [items_needed(pieces, loaded, remembered, partition) for pieces, loaded in groups]
    late = [
        _late(pieces, loaded, needed, held_keys, partition)
        for (pieces, loaded), needed in zip(groups, items, strict=True)
    ]
    due = [each for each in late if each is not None]
    await _look_up_others(due, partition, session)
    entries = await _entries([each for each in due if each.is_alone], partition, session)
    return [_found(each, needed, entries) for each, needed in zip(late, items, strict=True)]


def _found(late: _Late | None, items: set[str], entries: Mapping[str, list[Entry]]) -> RecordHistory:
    """Return what a group of parts needs. `items`: the items whose history it cannot do without."""
    history = _history(late, entries) if late is not None else None
    if history is not None:
        return history
    return NOT_ENOUGH if items else NOTHING_LATE


async def _entries(due: list[_Late], partition: Partition, session: Session) -> dict[str, list[Entry]]:
    """Return the journal entries that name the visits and items of these groups, by their keys.

    An event that replaces an item connects it with another item, whose events are needed too.
    """
    # Many people may have visits of one number, so the people are asked for as well.
    people = {key for each in due for key in each.keys}
    found: dict[str, Entry] = {}
    known = set[str]()
    while keys := {key for each in due for key in (*each.visits, *each.items)} - known:
        named = await partition.journal.naming(keys, session, beside=people)
        found |= {entry.id: entry for entry in named}
        known |= keys
        for each in due:
            each.items |= items_connected(each.items, named, partition)
    by_key: dict[str, list[Entry]] = {}
    for entry in found.values():
        for key in entry.keys:
            by_key.setdefault(key, []).append(entry)
    return by_key


def _late(
    pieces: list[Piece], loaded: Loaded, items: set[str], held_keys: Collection[str], partition: Partition
) -> _Late | None:
    """Return a group that needs the history of records, if it is of one person without doubt; else None.

    It does if parts of it are late, take back others, or name one of `items`, whose history is needed. `held_keys`:
    the keys of parts that act on more than they name, or that no record accepted.
    """
    people = loaded.of(PERSON)
    if len(people) != 1 or not (items or any(_looks_back(piece, people[0].fold["newest"]) for piece in pieces)):
        return None
    if people[0].fold.get("unnumbered") and any(each.event and each.event.lifecycle.of_visit for each in pieces):
        return None
    if items and owners_of(people[0]) != [people[0].id]:  # items of one key may stand side by side after a merge
        return None
    found = _Late(pieces, people[0], set(person_keys(people[0], partition)), items=set(items))
    known = found.named | found.keys
    is_certain = known.isdisjoint(loaded.worn) and known.isdisjoint(held_keys)
    visits = [document for kind in VISITS for document in loaded.of(kind)]
    if not is_certain or any(is_hold(document) for document in visits):
        return None
    newest: dict[str, str] = {}
    for document in visits:
        for token in tokens(document):
            newest[token] = max(newest.get(token, ""), document.fold["newest"])
    for piece in pieces:
        number = piece.event.number if piece.event else None
        for key in (key for key in piece.part.keys if key.startswith(VISIT_KEY) and number):
            if _looks_back(piece, newest.get(key.removeprefix(VISIT_KEY), "")):
                found.visits[key] = number or ""
    return found


def _looks_back(piece: Piece, newest: str) -> bool:
    """Whether a part is older than what is stored of a record, or takes back what is stored."""
    return bool(newest) and (piece.part.order < newest or (piece.event is not None and bool(piece.event.canceled)))


async def _look_up_others(due: list[_Late], partition: Partition, session: Session) -> None:
    """Note for each group whether others have identifiers of its person that its parts do not name."""
    missing = {key for each in due for key in each.keys - each.named}  # nothing, as nearly always
    if not missing:
        return
    wanted = is_any("identifier", sorted(key.removeprefix(PERSON_KEY) for key in missing))
    most = len(due) + MANY_FOR_A_NAME * len(missing)  # very many have a default value
    people = await partition.find(PERSON, wanted, limit=most, session=session)
    holders: dict[str, set[str]] = {}
    for document in people:
        for token in tokens(document):
            holders.setdefault(PERSON_KEY + token, set()).add(document.id)
    held = {key for entry in (await partition.journal.known((), session, held=missing)).values() for key in entry.keys}
    for each in due:
        only_theirs = all(holders.get(key, set()) <= {each.person.id} for key in each.keys)
        each.is_alone = len(people) < most and only_theirs and each.keys.isdisjoint(held)


def _history(late: _Late, by_key: Mapping[str, list[Entry]]) -> RecordHistory | None:
    """Return the history of the records of a group; None if that cannot be told without the person's history."""
    if not late.is_alone:
        return None
    mine, records = {piece.id for piece in late.pieces}, {*late.visits, *late.items}
    entries = {entry.id: entry for key in records for entry in by_key.get(key, ())}
    parts = [piece for entry in entries.values() for piece in _parts(entry, records) if piece.id not in mine]
    if any(_is_doubtful(piece.part) for piece in parts):
        return None
    theirs = tuple(piece for piece in parts if not late.keys.isdisjoint(piece.part.keys))
    visits = frozenset((late.person.id, number) for number in late.visits.values())
    keys = frozenset(connecting_keys(late.keys | late.named))
    since = min(piece.part.order for piece in late.pieces)
    return RecordHistory(late.person.id, visits, frozenset(late.items), theirs, keys, since)


def _parts(entry: Entry, keys: set[str]) -> list[Piece]:
    """Return the parts of an entry that name one of these keys and are folded."""
    folded = (piece for piece in pieces_of(entry) if piece.part.open not in NEVER_FOLDED)
    return [piece for piece in folded if not keys.isdisjoint(piece.part.keys)]


def _is_doubtful(part: Part) -> bool:
    """Whether a part of a visit's number may be of another person's visit, or may have become this person's."""
    return part.open is not None or part.held or part.reach not in ("", OF_ITEMS) or names_nobody(part)
