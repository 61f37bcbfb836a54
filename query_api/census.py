"""PatientAdmin.CensusQuery: everybody who is admitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mappings.kinds import ENCOUNTER
from mappings.redox.patient_admin import CensusPatient
from query_api.encounters import RECORDS, by_patient, filters, token
from query_api.forms import forms
from query_api.projection import projection
from query_api.question import Answer, FoundRecords, Limits, Question
from query_api.readers import stays
from query_api.visits import Criteria, references, search_visits
from store.conditions import Condition, every, is_any, not_all, silent_since

if TYPE_CHECKING:
    from store.reads import Reads

_forms = forms(ENCOUNTER.table, stays(CensusPatient), projection(CensusPatient, RECORDS), inside="Visits")


async def answer(partition: Reads, asked: Question, limits: Limits) -> Answer:
    """Return everybody who has a visit in progress, with these visits."""
    return to_answer(
        asked, await search_visits(partition, criteria(asked), _forms.asked_for(asked).readers, limits.visits)
    )


def criteria(asked: Question) -> Criteria:
    """Return the criteria: visits in progress, without those of which no event came for too long."""
    admitted = is_any("status", ["in-progress"])
    return Criteria(ENCOUNTER, every([admitted, *filters(asked.body, asked.key), *map(not_all, _forgotten(asked))]))


def _forgotten(asked: Question) -> Iterator[list[Condition]]:
    """Give the conditions of visits that left the census without a discharge: some hours after their newest event."""
    for name, hours in asked.census_hours.items():
        of_class = is_any("class", [token("class", {"PatientClass": name}, asked.key)])
        yield [of_class, silent_since(asked.now - timedelta(hours=hours))]


def to_answer(asked: Question, found: FoundRecords) -> Answer:
    """Return the records in the form of CensusQueryResponse."""
    patients = by_patient(found, asked.zone, _forms.asked_for(asked).project)
    return Answer({"Patients": patients}, references(found, ENCOUNTER), found.is_incomplete)
