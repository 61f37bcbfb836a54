"""From a world to records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import chain

from ingest.fold import item, past, person_memory
from ingest.fold.comparing import Rules
from ingest.fold.events import Json
from ingest.fold.lifecycles import WHOLES
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.statement import Composed, text_at
from ingest.fold.visits import visit as visits
from ingest.fold.visits.appointments import Appointment
from ingest.fold.visits.encounters import Encounter
from ingest.fold.visits.threads import Key, Thread
from ingest.fold.visits.visit import Visit
from ingest.fold.world import World
from mappings.kinds import APPOINTMENT, ENCOUNTER, PERSON, Kind
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


def records_of(world: World) -> Iterator[Record]:
    """Give the records of a world; if it began with stored records, only those that events touched."""
    for person in world.people.by_id.values():
        if not world.is_stored or person.id in world.people.touched:
            yield _person(person)
            yield from chain.from_iterable(_ended(past.person, past.into) for past in person.ended)
    for each in world.items.each():
        if not each.is_stored and each.state.is_said:
            yield Record(each.kind, item.record_of(each), item.memory_of(each))
    for composed in world.statements.composed():
        yield from composed_records(composed)
    for threads in world.threads.each():
        links = _links(threads, world)
        for thread in threads:
            if not thread.is_stored:
                yield from _visit(thread, links, world.rules)


def composed_records(report: Composed) -> Iterator[Record]:
    """Give a record that statements come to, and the records inside it; they refer to each other by passing ids."""
    inside = [each.id for each in report.inside]
    held = {f"{report.inside[0].kind.name}s": inside} if inside else {}
    lifted = {outer: found for outer, inner in report.kind.lifts if (found := _lifted(report, inner))}
    updated = {"LastUpdated": report.last} if "LastUpdated" in report.kind.table.members else {}
    yield _composed(report, {**held, **lifted, **updated}, {})
    for each in report.inside:
        yield _composed(each, {}, {"within": report.id, "own": list(each.own_key)})


def _lifted(report: Composed, leaf: str) -> list[str]:
    """Return the values that a leaf has in the records inside a report, sorted and each once; hidden ones left out."""
    told = (each.words for each in report.inside if not _is_hidden(each))
    return sorted({text for words in told if (text := text_at(words, leaf)) is not None})


def _is_hidden(one: Composed) -> bool:
    return one.kind.hides is not None and text_at(one.words, one.kind.hides[0]) == one.kind.hides[1]


def _composed(one: Composed, more: Json, memory: Json) -> Record:
    record = {"id": one.id, **one.words, **more, "patient": one.person, "event": one.event}
    kept = {
        "key": list(one.key),
        "owner": one.owner,
        "names": [list(name) for name in one.names],
        "first": one.first,
        "newest": one.newest,
        "last": one.last,
        **past.memory_of(one.said, past.values_of(one.kind, one.words)),
    }
    return Record(one.kind, record, {**kept, **memory})


def _person(person: Person, into: str | None = None) -> Record:
    said = person.state.counted
    blocks = {name: value for name, value in said.items() if name not in WHOLES}
    replaces = list(
        person.replaces if person.steps is None else (p.person.id for p in person.ended if p.into == person.id)
    )
    record = {
        "id": person.id,
        **({"active": False, "replacedBy": into} if into else {}),
        **({"replaces": replaces} if replaces else {}),
        **({"Identifiers": listed} if (listed := person_memory.identifiers(person.state)) else {}),
        **blocks,
    }
    # A list that a person from the store lacks may have its elements in documents that were not read.
    known = WHOLES if person.steps is not None else WHOLES.keys() & said.keys()
    wholes = {WHOLES[name].name: said.get(name, []) for name in known}
    memory: Json = {"first": person.first, "newest": person.newest, "last": person.last}
    memory |= {"owners": list(person.owners)} if person.owners else {}
    memory |= {"moved": sorted(person.moved)} if person.moved else {}
    return Record(PERSON, record, memory | person_memory.memory_of(person.state), wholes)


def _ended(person: Person, into: str) -> Iterator[Record]:
    yield _person(person, into)


def _visit(thread: Thread, links: dict[Key, Key], rules: Rules) -> Iterator[Record]:
    whose = {"patient": thread.person.id} if thread.person else {}
    named = {"VisitNumber": thread.number} if thread.number is not None else {}
    for occurrence, encounter in enumerate(thread.visit.encounters):
        memory = _memory(thread, links, occurrence, ENCOUNTER, encounter.words)
        yield _encounter(encounter, whose | named, memory, links.get(thread.key))
    if (appointment := thread.visit.appointment) is not None:
        memory = _memory(thread, links, 0, APPOINTMENT, appointment.words)
        yield _appointment(appointment, whose | named, memory, rules)


def _memory(thread: Thread, links: dict[Key, Key], occurrence: int, kind: Kind, words: Json) -> Json:
    afar = {key for link in links.items() if link[0] != link[1] for key in link}
    return {
        "key": list(thread.key),
        "newest": thread.newest,
        "occurrence": occurrence,
        **past.memory_of_span(thread.span),
        **past.memory_of(thread.said.get(kind.name, {}), past.values_of(kind, words)),
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
    whole = {**said, **named, "status": appointment.status, **start_of(said, rules.zone)}
    return Record(APPOINTMENT, whole, memory)


def start_of(said: Json, zone: tzinfo) -> Json:
    """Return the leaf `start` of an appointment whose VisitDateTime is a date without a time; else nothing."""
    time = said.get("VisitDateTime", "")
    moment = instant(time, zone) if len(time) == len("YYYY-MM-DD") else None
    return {"start": utc_text(moment)} if moment else {}


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
    if any(thread.stored_accounts not in (None, _accounts(thread)) for thread in threads):
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
