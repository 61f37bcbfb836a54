"""Excursion, which nobody sells: patients who go on outings, several in one message."""

from __future__ import annotations

from mappings.redox.leaves import PROBABLE, RELIABLE, Block, DateTime, Number, Text, said
from mappings.redox.listings import RecordPatient, RecordQuery
from mappings.redox.meta import Answer, Message
from mappings.redox.parts import Demographics, Identifier


class Outing(Block):
    """One outing of one patient."""

    id: Text | None = said("ID", RELIABLE)
    destination: Text | None = said("Destination", PROBABLE)
    date_time: DateTime | None = said("DateTime", RELIABLE)
    price: Number | None = said("Price", PROBABLE)
    status: Text | None = said("Status", PROBABLE)


class Traveller(Block):
    """One patient who goes on outings."""

    identifiers: list[Identifier] = said("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = said("Demographics")
    outings: list[Outing] | None = said("Outings", RELIABLE)


class New(Message):
    """Outings are planned."""

    travellers: list[Traveller] = said("Travellers", required=True)


class Cancel(New):
    """Outings will not be."""


class Query(RecordQuery):
    """Which outings there are."""


class Excursion(Block):
    """One outing in an answer."""

    event_type: Text | None = said("EventType", RELIABLE)
    patient: RecordPatient | None = said("Patient")
    outings: list[Outing] | None = said("Outings")


class QueryResponse(Answer):
    """The outings asked for."""

    excursions: list[Excursion] | None = said("Excursions")
