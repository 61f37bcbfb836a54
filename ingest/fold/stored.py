"""From stored records to a world that takes more events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ingest.fold import item, past, person_memory
from ingest.fold.comparing import Rules
from ingest.fold.events import Json, Pair
from ingest.fold.item_names import Name
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.records import Record
from ingest.fold.visits.appointments import Appointment
from ingest.fold.visits.encounters import Encounter
from ingest.fold.visits.threads import Key, Thread
from ingest.fold.visits.visit import Visit
from ingest.fold.world import World
from mappings.kinds import APPOINTMENT, PERSON, VISITS


@dataclass(slots=True)
class Stored:
    """Records of the store, from which a world begins."""

    people: list[Record] = field(default_factory=list)
    visits: list[Record] = field(default_factory=list)
    items: list[Record] = field(default_factory=list)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Stored:
        """Return records as people, visits and items; elements of lists that are replaced whole are left out."""
        found = cls()
        for record in records:
            if record.kind is PERSON:
                found.people.append(record)
            elif record.kind in VISITS:
                found.visits.append(record)
            elif "owner" in record.memory:
                found.items.append(record)
        return found


def world_from(
    stored: Stored,
    rules: Rules,
    worn: Mapping[Pair, str] | None = None,
    *,
    alone: str = "",
    visits: Collection[tuple[str, str]] = (),
    again: Collection[Name] = (),
) -> World:
    """Return a world of stored records, which takes events that are newer than all of them.

    `worn`: pairs through which no people were looked for, each with the order from which it is worn. `alone`: the id of
    a person who alone has the identifiers of this person, so that late events may be taken. `visits`: the visits that
    the caller folds again from all of their events, by the person's id and the number. `again`: the items of that one
    person that the caller folds again from all of their events.
    """
    world = World(rules, is_stored=True, worn=worn)
    for record in stored.people:
        person = _restored_person(record)
        person.is_alone = person.id == alone
        world.people.admit(person)
    for record in sorted(stored.visits, key=lambda record: int(record.memory["occurrence"])):
        if (record.record.get("patient", ""), record.record.get("VisitNumber", "")) in visits:
            _begin_again(world, record)
        else:
            _restore_visit(world, record)
    owners: dict[Name, str] = {}
    world.statements.begin_again(again)
    for record in stored.items:
        owner = world.people.by_id.get(record.record["patient"])
        if "names" in record.memory:
            if owner is not None:
                world.statements.restore(record.kind, record.memory, owner)
            continue
        name = record.kind.name, tuple(record.memory["key"])
        if name in again:
            owners[name] = record.memory["owner"]
        elif owner is not None:
            world.items.place(item.restored(record.kind, record.record, record.memory, owner))
    world.items.begin_again(again, owners)
    return world


def _restored_person(record: Record) -> Person:
    return Person(
        id=record.record["id"],
        first=record.memory["first"],
        newest=record.memory["newest"],
        last=record.memory["last"],
        state=person_memory.state_of(record.record, record.memory),
        replaces=tuple(record.record.get("replaces", ())),
        owners=tuple(record.memory.get("owners", ())),
        moved=dict.fromkeys(record.memory.get("moved", ()), ""),
    )


_OURS = frozenset({"id", "patient", "appointment", "status", "locationStart", "locations", "start", "VisitNumber"})


def _restore_visit(world: World, record: Record) -> None:
    person = world.people.by_id.get(record.record.get("patient", ""))
    if person is None and "patient" in record.record:
        world.threads.elsewhere.add(record.record.get("VisitNumber", ""))
        return
    key: Key = (record.memory["key"][0], record.memory["key"][1])
    thread = world.threads.get(person, key) or Thread(key, person, is_stored=True)
    thread.newest = max(thread.newest, record.memory["newest"])
    thread.span = past.joined(thread.span, past.span_in(record.memory))
    thread.has_distant_link = thread.has_distant_link or record.memory.get("distant", False)
    said = {name: value for name, value in record.record.items() if name not in _OURS}
    ever = past.said_in(record.memory, past.values_of(record.kind, said))
    thread.said = {**thread.said, record.kind.name: past.united(thread.said.get(record.kind.name, {}), ever)}
    if record.kind is APPOINTMENT:
        thread.visit = Visit(thread.visit.encounters, Appointment(said, record.record["status"]))
    else:
        encounters = (*thread.visit.encounters, _restored_encounter(record, said))
        thread.visit = Visit(encounters, thread.visit.appointment)
    world.threads.place(thread)


def _begin_again(world: World, record: Record) -> None:
    """Begin a visit without events; raises HistoryNeededError if events of other visits act on it."""
    owner, number = world.people.by_id[record.record["patient"]], record.record["VisitNumber"]
    if record.memory.get("distant"):
        raise HistoryNeededError
    key: Key = ("number", number)
    thread = world.threads.get(owner, key) or Thread(key, owner, steps=[], stored_accounts=frozenset())
    thread.span = past.joined(thread.span, past.span_in(record.memory))  # a merge may have changed it, too
    account = record.record.get("AccountNumber")
    thread.stored_accounts = (thread.stored_accounts or frozenset()) | ({account} if account is not None else set())
    world.threads.place(thread)


def _restored_encounter(record: Record, said: Json) -> Encounter:
    status = record.record["status"]
    return Encounter(
        words=said,
        status=None if status == "unknown" else status,
        discharged=record.memory.get("discharged"),
        location_start=record.record.get("locationStart"),
        locations=tuple(record.record.get("locations", ())),
        last=record.memory["last"],
    )
