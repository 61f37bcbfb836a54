"""From a world to records, and from stored records back to a world that takes newer events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from ingest.fold import items
from ingest.fold import person as persons
from ingest.fold.comparing import Rules
from ingest.fold.events import Json, Pair
from ingest.fold.lifecycles import WHOLES
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.visits import visit as visits
from ingest.fold.visits.appointments import Appointment
from ingest.fold.visits.encounters import Encounter
from ingest.fold.visits.threads import Key, Thread
from ingest.fold.visits.visit import Visit
from ingest.fold.world import World
from mappings.kinds import APPOINTMENT, ENCOUNTER, PERSON, VISITS, Kind
from mappings.times import instant, utc_text


@dataclass(frozen=True, slots=True)
class Record:
    """One person, visit, booking or item after its events, in Redox's words, with the data that the fold needs."""

    kind: Kind
    record: Json
    memory: Json
    wholes: Mapping[str, list[Json]] = field(default_factory=dict)
    """For a person: the elements of each list that is replaced whole, by the name of their kind. A kind that is absent
    did not change, as far as the fold knows."""


# --- from a world to records ------------------------------------------------------------------------------------------


def records_of(world: World) -> Iterator[Record]:
    """Give the records of a world; if it began with stored records, only those that events touched."""
    for person in world.people.by_id.values():
        if not world.is_stored or person.id in world.people.touched:
            yield _person(person)
            yield from chain.from_iterable(_ended(past.person, past.into) for past in person.ended)
    for item in world.items.each():
        if not item.is_stored:
            yield Record(item.kind, items.record_of(item), items.memory_of(item))
    for threads in world.threads.each():
        links = _links(threads, world)
        for thread in threads:
            if not thread.is_stored:
                yield from _visit(thread, links, world.rules)


def _person(person: Person, into: str | None = None) -> Record:
    said = person.state.words
    blocks = {name: value for name, value in said.items() if name not in WHOLES}
    replaces = list(
        person.replaces if person.steps is None else (p.person.id for p in person.ended if p.into == person.id)
    )
    record = {
        "id": person.id,
        **({"active": False, "replacedBy": into} if into else {}),
        **({"replaces": replaces} if replaces else {}),
        **({"Identifiers": listed} if (listed := persons.identifiers(person.state)) else {}),
        **blocks,
    }
    # A list that a person from the store lacks may have its elements in documents that were not read.
    known = WHOLES if person.steps is not None else WHOLES.keys() & said.keys()
    wholes = {WHOLES[name].name: said.get(name, []) for name in known}
    return Record(PERSON, record, {"first": person.first, "newest": person.newest, "last": person.last}, wholes)


def _ended(person: Person, into: str) -> Iterator[Record]:
    yield _person(person, into)


def _visit(thread: Thread, links: dict[Key, Key], rules: Rules) -> Iterator[Record]:
    whose = {"patient": thread.person.id} if thread.person else {}
    named = {"VisitNumber": thread.number} if thread.number is not None else {}
    for occurrence, encounter in enumerate(thread.visit.encounters):
        yield _encounter(encounter, whose | named, _memory(thread, links, occurrence), links.get(thread.key))
    if thread.visit.appointment is not None:
        yield _appointment(thread.visit.appointment, whose | named, _memory(thread, links, 0), rules)


def _memory(thread: Thread, links: dict[Key, Key], occurrence: int) -> Json:
    afar = {key for link in links.items() if link[0] != link[1] for key in link}
    return {
        "key": list(thread.key),
        "newest": thread.newest,
        "occurrence": occurrence,
        **({"distant": True} if thread.key in afar else {}),
    }


def _encounter(encounter: Encounter, named: Json, memory: Json, appointment: Key | None) -> Record:
    start = {"locationStart": encounter.location_start} if encounter.location_start else {}
    left = {"locations": list(encounter.locations)} if encounter.locations else {}
    record = {**encounter.words, **named, "status": encounter.status or "unknown", **start, **left}
    discharged = {"discharged": encounter.discharged} if encounter.discharged else {}
    link = {"appointment": list(appointment)} if appointment else {}
    return Record(ENCOUNTER, record, {**memory, "last": encounter.last, **discharged, **link})


def _appointment(appointment: Appointment, named: Json, memory: Json, rules: Rules) -> Record:
    said = appointment.words
    time = said.get("VisitDateTime", "")
    moment = instant(time, rules.zone) if len(time) == len("YYYY-MM-DD") else None
    start = {"start": utc_text(moment)} if moment else {}
    return Record(APPOINTMENT, {**said, **named, "status": appointment.status, **start}, memory)


def _links(threads: list[Thread], world: World) -> dict[Key, Key]:
    """Return, by the key of each thread with encounters, the key of the thread of its appointment.

    They have one visit number, or they are the only two threads with an account number.
    """
    by_number = {thread.key: thread.key for thread in threads if thread.visit.encounters and thread.visit.appointment}
    by_account = {}
    booked = _by_account(thread for thread in threads if thread.visit.appointment)
    attended = _by_account(thread for thread in threads if thread.visit.encounters)
    for account in booked.keys() & attended.keys():
        (appointment, *more_booked), (encounter, *more_attended) = booked[account], attended[account]
        if not (more_booked or more_attended or appointment.key in by_number or encounter.key in by_number):
            by_account[encounter.key] = appointment.key
            _follow(appointment, encounter, world)
    _refuse_stale_links(threads, by_account, world)
    return by_number | by_account


def _follow(appointment: Thread, encounter: Thread, world: World) -> None:
    """Fold an appointment that is linked by account from the events of both threads; raises HistoryNeededError."""
    if appointment.steps is not None and encounter.steps is not None:
        steps = sorted([*appointment.steps, *encounter.steps], key=lambda step: step.event.order)
        appointment.visit = Visit((), visits.run(steps, world.without_findings).appointment)
    elif not (appointment.is_stored and encounter.is_stored):
        raise HistoryNeededError


def _refuse_stale_links(threads: list[Thread], by_account: dict[Key, Key], world: World) -> None:
    """Raise HistoryNeededError if events ended a stored link by account: only a whole history can undo it."""
    linked = by_account.keys() | set(by_account.values())
    if world.is_stored and any(thread.has_distant_link and thread.key not in linked for thread in threads):
        raise HistoryNeededError


def _by_account(threads: Iterable[Thread]) -> dict[str, list[Thread]]:
    accounts: dict[str, list[Thread]] = {}
    for thread in threads:
        for account in sorted(_accounts(thread)):
            accounts.setdefault(account, []).append(thread)
    return accounts


def _accounts(thread: Thread) -> set[str]:
    parts = [encounter.words for encounter in thread.visit.encounters]
    parts += [thread.visit.appointment.words] if thread.visit.appointment else []
    return {part["AccountNumber"] for part in parts if "AccountNumber" in part}


# --- from stored records to a world -----------------------------------------------------------------------------------


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


def world_from(stored: Stored, rules: Rules, worn: Mapping[Pair, str] | None = None) -> World:
    """Return a world of stored records, which takes events that are newer than all of them.

    `worn`: pairs through which no people were looked for, each with the order from which it is worn.
    """
    world = World(rules, is_stored=True, worn=worn)
    for record in stored.people:
        world.people.admit(_restored_person(record))
    for record in sorted(stored.visits, key=lambda record: int(record.memory["occurrence"])):
        _restore_visit(world, record)
    for record in stored.items:
        person = world.people.by_id.get(record.record["patient"])
        if person is not None:
            world.items.place(items.restored(record.kind, record.record, record.memory, person))
    return world


def _restored_person(record: Record) -> Person:
    return Person(
        id=record.record["id"],
        first=record.memory["first"],
        newest=record.memory["newest"],
        last=record.memory["last"],
        state=persons.state_of(record.record),
        replaces=tuple(record.record.get("replaces", ())),
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
    thread.has_distant_link = thread.has_distant_link or record.memory.get("distant", False)
    said = {name: value for name, value in record.record.items() if name not in _OURS}
    if record.kind is APPOINTMENT:
        thread.visit = Visit(thread.visit.encounters, Appointment(said, record.record["status"]))
    else:
        encounters = (*thread.visit.encounters, _restored_encounter(record, said))
        thread.visit = Visit(encounters, thread.visit.appointment)
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
