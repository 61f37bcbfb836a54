"""The pages on the questions: each question shown is asked, and the answer shown is the answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mappings.reading import read
from mappings.redox.catalogue import event
from query_api import ANSWERED
from store.partition import Partition
from tests.query_api.ward import Json, ask, booking, keep, person, stay

PAGES = Path(__file__).parents[2] / "docs" / "questions"
_BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)

OKAFOR = {"ID": "4356789876", "IDType": "NPI", "LastName": "Okafor"}
PEOPLE = [
    person(
        "Ada Quill",
        "MR:m1",
        demographics={"IsDeceased": False, "Address": {"City": "Madison", "ZIP": "53703"}},
        Contacts=[{"FirstName": "Bo", "LastName": "Quill", "RelationToPatient": "Sibling"}],
    ),
    person("Bo Reed", "MR:m2"),
]
VISITS = [
    stay("v1", "ada", place={"Room": "136", "Bed": "B"}),
    {**stay("v0", "ada", "2026-03-02T10:00:00.000Z", status="finished", PatientClass="Emergency"), "Reason": "Cough"},
    stay("v2", "bo", place={"Department": "ICU"}),
    booking("b1", "ada", Reason="Cough", AttendingProvider=OKAFOR),
    booking("b2", "bo", Reason="Fall"),
]
RECORDS = [
    {
        "id": "note-1",
        "patient": "ada",
        "ContentType": "Plain Text",
        "FileContents": "Cough for three days.",
        "FileName": "visit.txt",
        "DocumentType": "Progress note",
        "DocumentID": "n1",
        "ServiceDateTime": "2026-03-09T11:00:00.000Z",
        "Status": "Authenticated",
        "Provider": OKAFOR,
        "Visit": {"VisitNumber": "v1", "PatientClass": "Inpatient"},
    },
    {
        "id": "report-1",
        "patient": "ada",
        "results": ["result-1", "result-2"],
        "LastUpdated": "2026-03-09T12:30:00.000Z",
        "ID": "o1",
        "CompletionDateTime": "2026-03-09T12:00:00.000Z",
        "ResultsStatus": "Final",
        "Procedure": {"Code": "51990-0", "Codeset": "LOINC"},
        "Status": "Resulted",
        "Visit": {"VisitNumber": "v1", "Location": {"Department": "3N"}},
    },
    {
        "id": "result-1",
        "patient": "ada",
        "Code": "2951-2",
        "Codeset": "LOINC",
        "Value": "140.0",
        "ValueType": "Numeric",
        "Units": "mmol/L",
        "Status": "Final",
    },
    {"id": "result-2", "patient": "ada", "Code": "2823-3", "Value": "4", "ValueType": "Numeric", "Status": "Deleted"},
]
VISITS[1]["Location"] = {"Facility": "Riverside", "Department": "ER"}


def blocks(page: Path) -> list[Json]:
    """The question and the answer of a page."""
    return [json.loads(block) for block in _BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
async def test_the_question_of_a_page_gets_its_answer(partition: Partition, page: Path) -> None:
    await keep(partition, [*PEOPLE, *VISITS, *RECORDS])
    question, answer = blocks(page)
    asked = event(question["Meta"]["DataModel"], question["Meta"]["EventType"])
    assert asked is not None
    reading = read(question, asked, partition.tenant.zone)
    assert (reading.issues, reading.missing) == ((), ())
    said = await ask(partition, f"{asked.data_model}.{asked.event_type}", reading.message)
    assert said.body == answer


def test_every_question_has_a_page() -> None:
    shown = {
        (meta["DataModel"], meta["EventType"]) for page in PAGES.glob("*.md") for meta in [blocks(page)[0]["Meta"]]
    }
    assert shown == set(ANSWERED)
