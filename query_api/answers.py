"""The questions that are answered, each with the function that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from mappings.kinds import APPOINTMENT, ENCOUNTER, NOTE, PERSON, REPORT, RESULT, Kind
from mappings.redox.notes import AnsweredNote
from mappings.redox.results import FoundOrder
from query_api import booked, census, patient_search, visit_query
from query_api.errors import QuestionUnknown
from query_api.filters import AllOf, Among, Span
from query_api.listings import Held, Listing
from query_api.question import Answer, Json, Limits, Question

if TYPE_CHECKING:
    from store.reads import Reads

__all__ = ["ANSWERED", "RESPONSES", "Answer", "Limits", "answer"]

Way = Callable[["Reads", Question, Limits], Awaitable[Answer]]

LISTINGS: Mapping[tuple[str, str], Listing] = {
    ("Notes", "Query"): Listing(
        NOTE,
        member="Notes",
        entry=AnsweredNote,
        filters=(
            Among("VisitNumbers", "Visit.VisitNumber", "encounter"),
            Among("DocumentTypes", "DocumentType", "type"),
            Among("DocumentIDs", "DocumentID", "identifier"),
        ),
        statuses=("current",),
        files=("FileContents",),
    ),
    ("Results", "Query"): Listing(
        REPORT,
        member="Orders",
        entry=FoundOrder,
        filters=(
            Span("Completion.StartDateTime", "Completion.EndDateTime"),
            Span("LastUpdated.StartDateTime", "LastUpdated.EndDateTime", "last-updated"),
            Among("ResultStatuses", "ResultsStatus", "status"),
            Among("OrderIDs", "ID", "identifier"),
            AllOf("Procedures", "Procedure", "code"),
            Among("Location.Department", "Visit.Location.Department", "department"),
            Among("RelatedGroupIDs", "groups[]", "group"),
        ),
        held=Held(
            RESULT,
            ids="results",
            member="Results",
        ),
        files=("Results[].Value",),
    ),
}
"""The questions that are only filters and an order, by data model and event type: one row a question."""

ANSWERED: Mapping[tuple[str, str], Way] = {
    ("PatientSearch", "Query"): patient_search.answer,
    ("Scheduling", "Booked"): booked.answer,
    ("PatientAdmin", "CensusQuery"): census.answer,
    ("PatientAdmin", "VisitQuery"): visit_query.answer,
    **{question: listing.answer for question, listing in LISTINGS.items()},
}
"""The questions that are answered, by data model and event type."""

RESPONSES: Mapping[tuple[str, str], tuple[tuple[str, Kind], ...]] = {
    ("PatientSearch", "Response"): (("PotentialMatches[].", PERSON), ("Patient.", PERSON)),
    ("Scheduling", "BookedResponse"): (("Visits[].Patient.", PERSON), ("Visits[].", APPOINTMENT)),
    ("PatientAdmin", "CensusQueryResponse"): (("Patients[].Visits[].", ENCOUNTER), ("Patients[].", PERSON)),
    ("PatientAdmin", "VisitQueryResponse"): (("Patients[].Visits[].", ENCOUNTER), ("Patients[].", PERSON)),
    **{(data_model, f"{event_type}Response"): listing.tells for (data_model, event_type), listing in LISTINGS.items()},
}
"""The kinds whose records each response tells of, by the path that leads to them; the first that fits counts."""


async def answer(
    partition: Reads, data_model: str, event_type: str, question: Json, limits: Limits, now: datetime
) -> Answer:
    """Return the answer to a question about the records of one tenant; raises QuestionRefused.

    `question`: the question after it was read. A criterion that could not be read must stay in it as it was written:
    it then matches nobody. Without it the answer would tell too much.
    """
    way = ANSWERED.get((data_model, event_type))
    if way is None:
        raise QuestionUnknown(f"{data_model}:{event_type}")
    tenant = partition.tenant
    asked = Question(
        question,
        partition.key,
        tenant.zone,
        now,
        tenant.census_hours,
        tenant.no_identifier,
        tenant.identifying_types,
    )
    return await way(partition, asked, limits)
