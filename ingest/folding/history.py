"""The history of parts: all parts of the journal on which their outcome depends, or that depend on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from ingest.fold.events import pairs_of
from ingest.folding.loading import Loaded, record_of, replaced_by
from ingest.keys import (
    ACROSS_PEOPLE,
    ITEM_KEY,
    OTHER_KEY,
    PERSON_KEY,
    VISIT_KEY,
    connecting_keys,
    names_nobody,
    pair_token,
    rules_of,
)
from ingest.understanding import NEVER_FOLDED, Piece, pieces_of, understand_entry
from mappings.kinds import KINDS, PERSON, VISITS
from store.conditions import every, is_absent, is_any
from store.documents import Document
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session


@dataclass(slots=True)
class History:
    """All parts that are connected with some parts, and the stored documents that they made so far."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    """By the id that the fold knows them by."""
    loaded: Loaded = field(default_factory=Loaded)
    keys: set[str] = field(default_factory=set)
    """The keys of these parts."""

    @property
    def worn(self) -> dict[str, str]:
        """The keys of identifiers that were not followed, each with the order from which it is worn."""
        return self.loaded.worn

    @property
    def entries(self) -> dict[str, Entry]:
        """The journal entries of the parts, by id."""
        return {piece.entry.id: piece.entry for piece in self.pieces.values()}

    def events(self, partition: Partition, until: str = "") -> list[Piece]:
        """Return the parts that are folded, read again from the bodies of their entries.

        `until`: an order; entries that are newer as a whole are left out.
        """
        entries = (entry for entry in self.entries.values() if not until or entry.order <= until)
        understood = (understand_entry(entry, partition) for entry in entries)
        return [
            piece
            for each in understood
            for piece in each.parts
            if piece.id in self.pieces and piece.part.open not in NEVER_FOLDED
        ]


async def history(
    partition: Partition, pieces: Sequence[Piece], session: Session, *, with_bodies: bool = True
) -> History:
    """Return all parts on which the outcome of these parts depends, or that depend on their outcome.

    Parts are connected by identifiers. A visit number connects those that reach visits by number alone with all parts
    of that number.
    """
    found = History()
    naming = partial(partition.journal.naming, session=session, with_bodies=with_bodies)
    people, visits, whole = set[str](), set[str](), set[str]()
    worn = _WornKeys()
    while True:
        reached = [piece.part for piece in (*pieces, *found.pieces.values())]
        await worn.look_up(reached, partition, session)
        more_people = {key for part in reached for key in worn.connecting(part)} - people
        more_visits = {key for part in reached for key in part.keys if key.startswith(VISIT_KEY)} - visits
        more_whole = {key for part in reached if _is_loose(part) for key in _numbers(part)} - whole
        if not (more_people or more_visits or more_whole):
            break
        people, visits, whole = people | more_people, visits | more_visits, whole | more_whole
        _take(found, await naming(more_people), more_people, partial(worn.connects, more_people))
        _take(found, await naming(more_visits, only_held=True), more_visits, _is_loose)
        _take(found, await naming(more_whole), more_whole)
    found.keys = people | visits | whole
    found.loaded.worn = {key: place for key, place in worn.places.items() if key not in people}
    await _load(partition, found, people, whole, session, worn)
    return found


async def history_of_part(partition: Partition, part: Piece, session: Session, *, with_bodies: bool = True) -> History:
    """Return the history of a part that is in the journal; if it names nobody, that is the part alone."""
    if connecting_keys(part.part.keys):
        return await history(partition, [part], session, with_bodies=with_bodies)
    alone = History()
    for entry in await partition.journal.some([part.entry.id], session):
        alone.pieces[part.id] = Piece(entry, part.number)
    return alone


@dataclass(slots=True)
class _WornKeys:
    """The keys of worn identifiers that a history comes to. They connect only parts before the place of wearing."""

    places: dict[str, str] = field(default_factory=dict)
    """The order of the part from which a key is worn."""
    _known: set[str] = field(default_factory=set)

    async def look_up(self, parts: Iterable[Part], partition: Partition, session: Session) -> None:
        """Learn which keys of these parts are worn."""
        keys = {key for part in parts for key in part.keys if key.startswith(PERSON_KEY)} - self._known
        if keys:
            self.places |= await partition.worn(sorted(keys), session)
            self._known |= keys

    def connecting(self, part: Part) -> Iterator[str]:
        """Give the keys of a part that connect it with other parts of the same people."""
        for key in part.keys:
            if key.startswith(PERSON_KEY) and not (key in self.places and part.order >= self.places[key]):
                yield key

    def connects(self, keys: set[str], part: Part) -> bool:
        """Whether one of the keys leads to a part; that from which a key is worn is among the parts that decide so."""
        return any(key in keys and part.order <= self.places.get(key, part.order) for key in part.keys)


def _take(
    found: History, entries: Iterable[Entry], keys: set[str], is_meant: Callable[[Part], bool] = lambda _: True
) -> None:
    """Add the parts of entries that have one of the keys; keys connect a part and not its whole entry."""
    for entry in entries:
        for piece in pieces_of(entry):
            if is_meant(piece.part) and not keys.isdisjoint(piece.part.keys):
                found.pieces[piece.id] = piece


def _numbers(part: Part) -> list[str]:
    return [key for key in part.keys if not key.startswith((PERSON_KEY, OTHER_KEY, ITEM_KEY))]


def _is_loose(part: Part) -> bool:
    """Whether a part reaches visits by number alone.

    In data of version 1, which has no reach, such a part is held, or it names nobody. Version 2 has a reach of its own
    for bookings of nobody.
    """
    is_former = not part.reach and (names_nobody(part) or (part.held and part.open is None))
    return part.reach in _REACHES or is_former


_REACHES = (ACROSS_PEOPLE, "nobody")


async def _load(
    partition: Partition, found: History, people: set[str], visits: set[str], session: Session, worn: _WornKeys
) -> None:
    """Load the documents of connected parts: people, records that ended in them, all records of theirs, and holds."""
    loaded = found.loaded
    by_identifier = sorted(key.removeprefix(PERSON_KEY) for key in people)
    if by_identifier:
        named = await partition.find(PERSON, is_any("identifier", by_identifier), session=session)
        loaded.take(document for document in named if _is_reached(document, people, worn.places, partition))
    await take_records_of_people(partition, loaded, session)
    numbers = sorted(key.removeprefix(VISIT_KEY) for key in visits)
    for kind in VISITS if numbers else ():
        of_nobody = every([is_any("identifier", numbers), is_absent("patient")])
        loaded.take(await partition.find(kind, of_nobody, session=session))


def person_keys(document: Document, partition: Partition) -> list[str]:
    """Return the keys of a person's identifiers that tell people apart."""
    pairs = pairs_of(record_of(document).record.get("Identifiers", ()))
    return [PERSON_KEY + pair_token(pair, partition.key) for pair in rules_of(partition).identities(pairs)]


async def take_records_of_people(partition: Partition, loaded: Loaded, session: Session) -> None:
    """Load the records that ended in loaded people, and all visits and items of these people."""
    wanted = {gone for document in loaded.of(PERSON) for gone in replaced_by(document)}
    while wanted:
        loaded.take((await partition.by_ids(PERSON, wanted, session=session)).values())
        replaced = {gone for document in loaded.of(PERSON) for gone in replaced_by(document)}
        wanted = {gone for gone in replaced if (PERSON.name, gone) not in loaded.documents}
    whose = [document.id for document in loaded.of(PERSON)]
    for kind in KINDS:
        if whose and kind is not PERSON:
            loaded.take(await partition.find(kind, is_any("patient", whose), session=session))


def _is_reached(document: Document, people: set[str], worn: dict[str, str], partition: Partition) -> bool:
    """Whether a person whom one of the keys finds is of the history: worn keys alone find others too."""
    if worn.keys().isdisjoint(people):
        return True
    keys = set(person_keys(document, partition))
    return not keys.isdisjoint(people - worn.keys()) or (
        keys <= people and all(document.fold["first"] <= worn[key] for key in keys)
    )
