"""The fold as pure functions: going on from stored records comes to what folding all events anew comes to."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given

from ingest.fold.comparing import Rules, identifiers_in
from ingest.fold.events import Event
from ingest.fold.lifecycles import lifecycle, named_in
from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.stored import Stored, world_from
from ingest.fold.world import World
from ingest.ordering import effective_time, order_of
from mappings.reading import CLEAR, read
from mappings.redox import catalogue
from mappings.times import utc_text
from tests.lives import START, lives

Json = dict[str, Any]
RULES = Rules(ZoneInfo("Asia/Kathmandu"))
RECEIVED = START.replace(year=2027)


def event_of(message: Json, serial: int) -> Event:
    """An event as the pipeline would understand it, received long after the story."""
    meta = message["Meta"]
    kind = catalogue.event(meta["DataModel"], meta["EventType"])
    row = lifecycle(meta["DataModel"], meta["EventType"])
    assert kind is not None
    assert row is not None
    clean = read(message, kind, RULES.zone).message
    effective = effective_time(clean["Meta"].get("EventDateTime"), RECEIVED)
    patient = clean.get("Patient", {})
    word = clean["Meta"].get("CanceledEvent")
    canceled, canceled_nothing = named_in(row, word) if word and word != CLEAR else (None, None)
    return Event(
        id=f"e{serial:03d}",
        lifecycle=row,
        order=order_of(effective, row.rank, f"{serial:06d}"),
        effective=utc_text(effective),
        received=utc_text(RECEIVED),
        message=clean,
        patient=patient,
        **identifiers_in(patient, RULES)._asdict(),
        number=clean.get("Visit", {}).get("VisitNumber"),
        canceled=canceled,
        canceled_nothing=canceled_nothing,
    )


def folded(events: list[Event]) -> World:
    """All events, from nothing."""
    world = World(RULES)
    for event in events:
        world.apply(event)
    return world


def records(world: World, before: list[Record]) -> list[Record]:
    """Its records under lasting ids."""
    return with_resource_ids(records_of(world), before, "riverside", RULES)


def key(record: Record) -> tuple[str, str]:
    return record.kind.name, record.record["id"]


def as_answered(found: list[Record]) -> list[str]:
    """Records by content, apart from ids."""
    names = {r.record["id"]: sorted((i["IDType"], i["ID"]) for i in r.record.get("Identifiers", [])) for r in found}

    def plain(record: Record) -> str:
        whole: Json = {
            **record.record,
            "memory": {k: v for k, v in record.memory.items() if k not in {"appointment", "owner", "owners"}},
        }
        whole |= {name: names.get(whole[name]) for name in ("patient", "replacedBy") if name in whole}
        whole |= {"replaces": sorted(map(str, map(names.get, whole["replaces"])))} if "replaces" in whole else {}
        whole.pop("id")
        whole["appointment"] = "appointment" in whole
        return record.kind.type + json.dumps(whole, sort_keys=True)

    return sorted(plain(record) for record in found)


@given(lives())
def test_going_on_from_stored_records_equals_folding_anew(story: list[Json]) -> None:
    events = [event_of(message, serial) for serial, message in enumerate(story)]
    stored: dict[tuple[str, str], Record] = {}
    for count, event in enumerate(events, start=1):
        before = list(stored.values())
        try:
            world = world_from(Stored.of(r for r in before if r.record.get("active", True)), RULES)
            world.apply(event)
            stored |= {key(record): record for record in records(world, before)}
        except HistoryNeededError:
            stored = {key(record): record for record in records(folded(events[:count]), before)}
    assert as_answered(list(stored.values())) == as_answered(records(folded(events), []))


@given(lives())
def test_a_world_goes_when_nobody_holds_it(story: list[Json]) -> None:
    """No part of a world holds the world: thousands of them would wait in memory until garbage is looked for."""
    events = [event_of(message, serial) for serial, message in enumerate(story)]
    gc.disable()
    try:
        world = folded(events)
        parts = [weakref.ref(part) for part in (world, world.people, world.threads, world.items)]
        del world
        assert [part() for part in parts] == [None] * len(parts)
    finally:
        gc.enable()
