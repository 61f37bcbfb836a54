"""Excursion, which nobody sells: patients who go on outings, several in one message."""

from __future__ import annotations

from mappings.redox.leaves import PROBABLE, RELIABLE, Block, DateTime, Id, Number, Text, Word, redox_field
from mappings.redox.listings import RecordPatient, RecordQuery
from mappings.redox.meta import Answer, Message
from mappings.redox.parts import Demographics, Identifier


class Outing(Block):
    """One outing of one patient."""

    id: Id | None = redox_field("ID", RELIABLE)
    destination: Text | None = redox_field("Destination", PROBABLE)
    date_time: DateTime | None = redox_field("DateTime", RELIABLE)
    price: Number | None = redox_field("Price", PROBABLE)
    status: Word | None = redox_field("Status", PROBABLE)


class Traveller(Block):
    """One patient who goes on outings."""

    identifiers: list[Identifier] = redox_field("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = redox_field("Demographics")
    outings: list[Outing] | None = redox_field("Outings", RELIABLE)


class New(Message):
    """Outings are planned."""

    travellers: list[Traveller] = redox_field("Travellers", required=True)


class Cancel(New):
    """Outings will not be."""


class Query(RecordQuery):
    """Which outings there are."""


class Excursion(Block):
    """One outing in an answer."""

    event_type: Word | None = redox_field("EventType", RELIABLE)
    patient: RecordPatient | None = redox_field("Patient")
    outings: list[Outing] | None = redox_field("Outings")


class QueryResponse(Answer):
    """The outings asked for."""

    excursions: list[Excursion] | None = redox_field("Excursions")
