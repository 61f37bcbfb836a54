"""PatientAdmin.VisitQuery: the visits of some people, numbers, places, classes, times or statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.kinds import ENCOUNTER
from mappings.redox.patient_admin import QueriedPatient
from query_api.asking import Answer, Asked, Found, Json, Limits
from query_api.encounters import RECORDS, STATUS_WORDS, by_patient, filters, token
from query_api.people import wanted
from query_api.picking import picker
from query_api.readers import stays
from query_api.visits import Criteria, given_moment, references, search_visits
from store.conditions import Condition, every, is_any, lies

if TYPE_CHECKING:
    from store.reads import Reads

_pick = picker(QueriedPatient, RECORDS)
_readers = stays(QueriedPatient)


async def answer(partition: Reads, asked: Asked, limits: Limits) -> Answer:
    """The visits asked for, by patient. Raises PatientUnidentified, TimeUnreadable."""
    return said(asked, await search_visits(partition, criteria(asked), _readers, limits.visits))


def criteria(asked: Asked) -> Criteria:
    """Stays that meet all filters; of each list any word may match."""
    question = asked.question
    filtered = [_status(question), *filters(question, asked.key)]
    if "VisitNumbers" in question:
        tokens = [token("identifier", {"VisitNumber": number}, asked.key) for number in question["VisitNumbers"]]
        filtered.append(is_any("identifier", tokens))
    if start := given_moment(asked, "VisitStartDateTime"):
        filtered.append(lies("date", start))
    return Criteria(ENCOUNTER, every(filtered), wanted(asked, question.get("Patients", ()), "Patients"))


def _status(question: Json) -> Condition:
    """Always a condition: the indexes begin with the status, so that a census is found apart from all that is over."""
    asked = question.get("VisitStatuses", STATUS_WORDS.values())
    return is_any("status", [status for status, word in STATUS_WORDS.items() if word in asked])


def said(asked: Asked, found: Found) -> Answer:
    """The visits as their response model says them."""
    visits = tuple({**visit, "Status": STATUS_WORDS[visit["status"]]} for visit in found.visits)
    patients = by_patient(Found(found.people, visits), asked.zone, _pick)
    return Answer({"Patients": patients}, references(found, ENCOUNTER), found.is_incomplete)
