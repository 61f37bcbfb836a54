"""Short ways to tell a story of events and look at what it came to."""

from __future__ import annotations

from typing import Any

from ingest.fold.records import Record, records_of
from ingest.fold.world import World
from mappings.kinds import APPOINTMENT, ENCOUNTER, PERSON, Kind
from tests.ingest.test_world import RULES, event_of
from tests.lives import moment

Json = dict[str, Any]


def admin(
    event: str, minute: int = 0, *, ids: str = "MR:m1", previous: str = "", canceled: str | None = None, **said: Any
) -> Json:
    """A PatientAdmin message. `ids` is `TYPE:ID TYPE:ID`; what else is said is of the visit, or with `patient_` of the person."""
    meta: Json = {"DataModel": "PatientAdmin", "EventType": event, "EventDateTime": moment(minute)}
    if canceled:
        meta["CanceledEvent"] = canceled
    patient = {name.removeprefix("patient_"): value for name, value in said.items() if name.startswith("patient_")}
    visit = {name: value for name, value in said.items() if not name.startswith("patient_")}
    message: Json = {"Meta": meta, "Patient": {"Identifiers": identifiers(ids), **patient}}
    if previous:
        message["Patient"]["PreviousIdentifiers"] = identifiers(previous)
    return message | ({"Visit": visit} if visit else {})


def booking(event: str, minute: int = 0, *, ids: str = "MR:m1", **said: Any) -> Json:
    """A Scheduling message."""
    meta = {"DataModel": "Scheduling", "EventType": event, "EventDateTime": moment(minute)}
    return {
        "Meta": meta,
        "Patient": {"Identifiers": identifiers(ids)} if ids else {},
        "Visit": {"VisitNumber": "v1", **said},
    }


def identifiers(text: str) -> list[Json]:
    """`MR:m1 EPI:e1` as Redox lists it."""
    return [dict(zip(("IDType", "ID"), pair.split(":"), strict=True)) for pair in text.split()]


def told(*story: Json) -> World:
    """The world after these messages, in the order of their times."""
    world = World(RULES)
    events = [event_of(message, serial) for serial, message in enumerate(story)]
    for event in sorted(events, key=lambda event: event.order):
        world.apply(event)
    return world


def found(world: World, kind: Kind) -> list[Record]:
    """Its records of one kind."""
    return [record for record in records_of(world) if record.kind is kind]


def encounters(*story: Json) -> list[Json]:
    """The encounters a story comes to."""
    return [record.record for record in found(told(*story), ENCOUNTER)]


def appointments(*story: Json) -> list[Json]:
    """The appointments a story comes to."""
    return [record.record for record in found(told(*story), APPOINTMENT)]


def people(*story: Json) -> list[Json]:
    """The people a story comes to."""
    return [record.record for record in found(told(*story), PERSON)]


def issues(*story: Json) -> set[str]:
    """The issue codes a story raises."""
    return {code for codes in told(*story).findings.of.values() for code in codes}
