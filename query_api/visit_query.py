"""PatientAdmin.VisitQuery: the visits of some people, numbers, places, classes, times or statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.kinds import ENCOUNTER
from mappings.redox.patient_admin import QueriedPatient
from query_api.encounters import RECORDS, STATUS_WORDS, by_patient, filters, token
from query_api.forms import forms
from query_api.people import patients_asked_for
from query_api.projection import projection
from query_api.question import Answer, FoundRecords, Json, Limits, Question
from query_api.readers import stays
from query_api.visits import Criteria, given_moment, references, search_visits
from store.conditions import Condition, every, is_any, lies

if TYPE_CHECKING:
    from store.reads import Reads

_forms = forms(ENCOUNTER.table, stays(QueriedPatient), projection(QueriedPatient, RECORDS), inside="Visits")


async def answer(partition: Reads, asked: Question, limits: Limits) -> Answer:
    """Return the visits that meet all filters, by patient. Raises PatientUnidentified, TimeUnreadable."""
    return to_answer(
        asked, await search_visits(partition, criteria(asked), _forms.asked_for(asked).readers, limits.visits)
    )


def criteria(asked: Question) -> Criteria:
    """Return the criteria: visits that meet all filters; of a list one word must match."""
    question = asked.body
    filtered = [_status(question), *filters(question, asked.key)]
    if "VisitNumbers" in question:
        tokens = [token("identifier", {"VisitNumber": number}, asked.key) for number in question["VisitNumbers"]]
        filtered.append(is_any("identifier", tokens))
    if start := given_moment(asked, "VisitStartDateTime"):
        filtered.append(lies("date", start))
    return Criteria(ENCOUNTER, every(filtered), patients_asked_for(asked, question.get("Patients", ()), "Patients"))


def _status(question: Json) -> Condition:
    """Return the condition of the status. There always is one: the indexes begin with the status."""
    asked = question.get("VisitStatuses", STATUS_WORDS.values())
    return is_any("status", [status for status, word in STATUS_WORDS.items() if word in asked])


def to_answer(asked: Question, found: FoundRecords) -> Answer:
    """Return the records in the form of VisitQueryResponse."""
    visits = tuple({**visit, "Status": STATUS_WORDS[visit["status"]]} for visit in found.visits)
    patients = by_patient(FoundRecords(found.people, visits), asked.zone, _forms.asked_for(asked).project)
    return Answer({"Patients": patients}, references(found, ENCOUNTER), found.is_incomplete)
