"""PatientAdmin.CensusQuery: everyone who is admitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mappings.kinds import ENCOUNTER
from mappings.redox.patient_admin import CensusPatient
from query_api.asking import Answer, Asked, Found, Limits
from query_api.encounters import RECORDS, by_patient, filters, token
from query_api.picking import picker
from query_api.readers import stays
from query_api.visits import Criteria, references, search_visits
from store.conditions import Condition, every, is_any, not_all, silent_since

if TYPE_CHECKING:
    from store.reads import Reads

_pick = picker(CensusPatient, RECORDS)
_readers = stays(CensusPatient)


async def answer(partition: Reads, asked: Asked, limits: Limits) -> Answer:
    """Everyone with a visit that is in progress, and these visits."""
    return said(asked, await search_visits(partition, criteria(asked), _readers, limits.visits))


def criteria(asked: Asked) -> Criteria:
    """Stays in progress, but not those of which nothing was heard for too long."""
    admitted = is_any("status", ["in-progress"])
    return Criteria(ENCOUNTER, every([admitted, *filters(asked.question, asked.key), *map(not_all, _forgotten(asked))]))


def _forgotten(asked: Asked) -> Iterator[list[Condition]]:
    """Stays of classes that leave the census some hours after they were last heard of, even without a discharge."""
    for name, hours in asked.census_hours.items():
        of_class = is_any("class", [token("class", {"PatientClass": name}, asked.key)])
        yield [of_class, silent_since(asked.now - timedelta(hours=hours))]


def said(asked: Asked, found: Found) -> Answer:
    """The census as its response model says it."""
    patients = by_patient(found, asked.zone, _pick)
    return Answer({"Patients": patients}, references(found, ENCOUNTER), found.is_incomplete)
