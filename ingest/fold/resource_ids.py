"""Resource ids: a person keeps the id of the store, and all other ids are computed from what identifies the record.

The fold does not decide ids. A person who is folded again is recognised by identifiers. The id of a visit follows from
its person and number, so that a retry writes the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, count
from typing import NamedTuple
from uuid import UUID, uuid5

from ingest.fold.comparing import Relation, Rules, compare
from ingest.fold.composed_ids import with_references, with_slots
from ingest.fold.events import Json, Pair
from ingest.fold.records import Record
from ingest.fold.worn import MOST_BESIDE
from mappings.kinds import APPOINTMENT, PERSON, Kind
from mappings.redox.identifier_types import UNKNOWN

_SPACE = UUID("8f7c2b1e-5a07-4b6e-9d0b-6d3c1f0e4a55")


@lru_cache(maxsize=20_000)
def uuid_of(*parts: str) -> str:
    """Return the UUID of texts; equal texts give equal UUIDs."""
    return str(uuid5(_SPACE, "\x1f".join(parts)))


def with_resource_ids(
    records: Iterable[Record], stored: Iterable[Record], tenant: str, rules: Rules, *, is_whole: bool = False
) -> list[Record]:
    """Return records with their lasting ids and references; `stored` are the records that they replace.

    `is_whole`: a stored person of whom there is no record is gone, and another person has the person's items.
    """
    records, stored = list(records), list(stored)
    ids = dict(_people(records, stored, tenant, rules))
    people = [_with_people(record, ids) for record in records]
    gone = _people_of(stored) - _people_of(people) if is_whole else frozenset()
    people = with_slots(people, stored, gone)
    people = _with_owners(people, stored, gone, tenant)
    bookings = {slot: uuid_of(tenant, *slot) for record in people if (slot := _slot(record)) is not None}
    named = [_with_visit(record, bookings) for record in people]
    pairs = zip(people, named, strict=True)
    turned = {one.record["id"]: other.record["id"] for one, other in pairs if "names" in one.memory}
    return with_references(named, turned)


def _people(records: list[Record], stored: list[Record], tenant: str, rules: Rules) -> Iterator[tuple[str, str]]:
    """Give, for each new person, the id in the fold and the lasting id.

    The lasting id is that of the stored person who is most alike, or else a computed id.
    """
    people = {record.record["id"]: record.record for record in records if record.kind is PERSON}
    new = {person_id: person for person_id, person in people.items() if person_id.startswith("new:")}
    if not new:
        return
    before = {record.record["id"]: record.record for record in stored if record.kind is PERSON}
    free = {held: person for held, person in before.items() if held not in people}
    found = _known_ids(_pairs(new, rules), _pairs(free, rules), rules) if free else {}
    taken = people.keys() | before.keys()
    for person_id in new:
        yield person_id, found.get(person_id) or _unused(taken, tenant, PERSON.type, person_id)


Pairs = Mapping[Pair, bool]
"""The identifiers of a person (True: ended)."""


def _known_ids(new: Mapping[str, Pairs], free: Mapping[str, Pairs], rules: Rules) -> dict[str, str]:
    """Return the id of the stored person who each new person is; the most alike are found first."""
    holders: dict[Pair, list[str]] = {}
    for held, pairs in free.items():
        for pair in pairs:
            holders.setdefault(pair, []).append(held)
    alike = [
        (_alike(pairs, free[held], rules), person, held)
        for person, pairs in new.items()
        for held in {held for pair in pairs for held in holders.get(pair, ()) if len(holders[pair]) <= MOST_BESIDE}
        if _may_be(pairs, free[held], rules)
    ]
    found: dict[str, str] = {}
    given = set[str]()
    for _, person, held in sorted(alike, reverse=True):
        if person not in found and held not in given:
            found[person] = held
            given.add(held)
    return found


def _may_be(mine: Pairs, theirs: Pairs, rules: Rules) -> bool:
    return compare(rules.by_type(mine), rules.by_type(theirs), rules).relation is not Relation.CONTRADICT


def _unused(taken: set[str], *parts: str) -> str:
    """Return a computed id that is not in `taken`: another person may have kept the first id that these texts give."""
    ids = (uuid_of(*parts, *again) for again in chain([()], (([str(number)]) for number in count(1))))
    return next(found for found in ids if found not in taken)


def _alike(mine: Pairs, theirs: Pairs, rules: Rules) -> tuple[int, int]:
    """Return how alike two people are: by the strongest type of a common identifier, then by the number of these.

    An identifier that is current for both counts twice.
    """
    common = mine.keys() & theirs.keys()
    strongest = min((rules.rank(pair[0]) for pair in common if rules.identity_of(pair)), default=UNKNOWN)
    return -strongest, sum(1 if mine[pair] or theirs[pair] else 2 for pair in common)


def _pairs(people: Mapping[str, Json], rules: Rules) -> dict[str, Pairs]:
    """Return the identifiers of people, by the id of each person."""
    return {
        person_id: {rules.alike((i["IDType"], i["ID"])): i.get("ended", False) for i in person.get("Identifiers", ())}
        for person_id, person in people.items()
    }


def _with_people(record: Record, ids: dict[str, str]) -> Record:
    """Return a record that refers to people by their lasting ids."""
    if not ids:
        return record
    turned = dict(record.record)
    for name in ("id", "patient", "replacedBy"):
        if name in turned:
            turned[name] = ids.get(turned[name], turned[name])
    if "replaces" in turned:
        turned["replaces"] = [ids.get(gone, gone) for gone in turned["replaces"]]
    memory = record.memory
    if "owner" in memory:
        memory = {**memory, "owner": ids.get(memory["owner"], memory["owner"])}
    return Record(record.kind, turned, memory, record.wholes)


def _people_of(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(record.record["id"] for record in records if record.kind is PERSON)


def _with_owners(records: list[Record], stored: list[Record], gone: frozenset[str], tenant: str) -> list[Record]:
    """Return records with the lasting owners of items, and with each person's other owners of items.

    The owner of an item is the person whose id the resource id of the item was computed from. An item
    that is folded again keeps the owner that the store has. A person who became another one before anything was stored
    has the id that would have been computed.
    """
    if not any("owner" in record.memory for record in records):
        return records
    before = _owners(stored)
    own = {record.memory["owner"] for record in records if "owner" in record.memory}
    turned = [_with_owner(record, before, _Takers(own, gone), tenant) for record in records]
    others: dict[str, set[str]] = {}
    for record in turned:
        if "owner" in record.memory:
            others.setdefault(record.record["patient"], set()).add(record.memory["owner"])
    return [
        _with_other_owners(each, others.get(each.record["id"], set())) if each.kind is PERSON else each
        for each in turned
    ]


ItemName = tuple[str, tuple[str, ...]]


def _item_name(record: Record) -> ItemName:
    return record.kind.name, tuple(record.memory["key"])


def _owners(stored: list[Record]) -> dict[ItemName, list[tuple[str, str]]]:
    """Return the owner of each stored item, and its person, by the item's name."""
    found: dict[ItemName, list[tuple[str, str]]] = {}
    for record in stored:
        if "owner" in record.memory:
            found.setdefault(_item_name(record), []).append((record.memory["owner"], record.record["patient"]))
    return found


class _Takers(NamedTuple):
    """What decides whether a record may be a stored item that another person had first."""

    owners: set[str]
    """The owners of all records: no record takes the owner of another one."""
    gone: frozenset[str]
    """People who are another person now."""


def _with_owner(record: Record, before: dict[ItemName, list[tuple[str, str]]], takers: _Takers, tenant: str) -> Record:
    """Return an item with its lasting owner: that of the stored item of this name that the person has, or had.

    Of several each is taken once, the own first.
    """
    if "owner" not in record.memory:
        return record
    owner, whose = record.memory["owner"], record.record["patient"]
    known = [] if "names" in record.memory else before.get(_item_name(record), [])
    left = [each for each in known if each[0] not in takers.owners and each[1] in (whose, *takers.gone)]
    free = [each for each in known if each[0] == owner] or left
    best = min(free, key=lambda each: (each[0] != owner, each[1] != whose, each), default=None)
    if best is not None:
        known.remove(best)
        owner = best[0]
    elif owner.startswith("new:"):
        owner = uuid_of(tenant, PERSON.type, owner)
    return Record(record.kind, record.record, {**record.memory, "owner": owner})


def _with_other_owners(record: Record, owners: set[str]) -> Record:
    others = owners.union(record.memory.get("owners", ())) - {record.record["id"], *record.record.get("replaces", ())}
    if not others:
        return record
    return Record(record.kind, record.record, {**record.memory, "owners": sorted(others)}, record.wholes)


Slot = tuple[str, ...]
"""The texts that a resource id is computed from: the type; for a visit its person, thread and occurrence; for an item
the person who had it first, and its key."""


def _slot(record: Record) -> Slot | None:
    if record.kind is PERSON:
        return None
    memory = record.memory
    if "owner" in memory:
        return item_slot(record.kind, memory["owner"], memory.get("slot") or memory["key"])
    return record.kind.type, record.record.get("patient", ""), *memory["key"], str(memory["occurrence"])


def item_slot(kind: Kind, owner: str, key: Iterable[str]) -> Slot:
    """Return what the resource id of an item is computed from, by the id of the person who had it first and its key."""
    return kind.type, kind.name, owner, *key


def _with_visit(record: Record, ids: dict[Slot, str]) -> Record:
    """Return a record with its own id, and a visit with the id of its appointment."""
    slot = _slot(record)
    if slot is None:
        return record
    link = record.memory.get("appointment")
    booking = ids.get((APPOINTMENT.type, slot[1], *link, "0")) if link else None
    named = {**record.record, "id": ids[slot], **({"appointment": booking} if booking else {})}
    return Record(record.kind, named, record.memory, record.wholes)
