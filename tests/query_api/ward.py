"""A small hospital: invented people, stays and appointments as records, and what it takes to keep them and ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.ordering import order_of
from mappings.kinds import APPOINTMENT, ENCOUNTER, NOTE, PERSON, REPORT, RESULT, Kind
from query_api import Answer, Limits, answer
from store.documents import Document
from store.partition import Partition
from store.search import parameters

Json = dict[str, Any]

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SMALL = Limits(visits=1000, potential_matches=100)
KINDS: Mapping[str, Kind] = {
    "stay": ENCOUNTER,
    "booking": APPOINTMENT,
    "note": NOTE,
    "report": REPORT,
    "result": RESULT,
}
"""The kind of a record by the beginning of its id; anybody else is a person."""


def person(name: str, *identifiers: str, **said: Any) -> Json:
    """Somebody called "First Last", with identifiers such as "MR:1"; members of Demographics may be given by name."""
    first, last = name.split()
    demographics = {"FirstName": first, "LastName": last, "DOB": "1980-02-03", **said.pop("demographics", {})}
    held = [{"IDType": kind, "ID": value} for kind, _, value in (one.partition(":") for one in identifiers)]
    return {"id": first.lower(), "Identifiers": held, "Demographics": demographics, **said}


def stay(number: str, patient: str | None, time: str = "2026-03-09T10:00:00.000Z", **said: Any) -> Json:
    """A stay in progress in department 3N of Riverside."""
    whose = {"patient": patient} if patient else {}
    place = {"Facility": "Riverside", "Department": "3N", **said.pop("place", {})}
    basis = {"id": f"stay-{number}", "status": "in-progress", "VisitNumber": number, "VisitDateTime": time}
    return {**basis, **whose, "PatientClass": "Inpatient", "Location": place, **said}


def booking(number: str, patient: str | None, time: str = "2026-03-11T10:00:00.000Z", **said: Any) -> Json:
    """An appointment in the Allergy clinic of Hilltop."""
    whose = {"patient": patient} if patient else {}
    place = {"Facility": "Hilltop", "Department": "Allergy", **said.pop("place", {})}
    basis = {"id": f"booking-{number}", "status": "booked", "VisitNumber": number, "VisitDateTime": time}
    return {**basis, **whose, "Duration": 30, "Location": place, **said}


def kind_of(record: Json) -> Kind:
    """Which kind of record it is."""
    return KINDS.get(record["id"].partition("-")[0], PERSON)


async def keep(partition: Partition, records: Iterable[Json], **heard: str) -> None:
    """Keep records as the doors of the house would; `heard` says of whom, by id, something was last heard when."""
    zone = partition.tenant.zone
    documents = []
    for record in records:
        kind = kind_of(record)
        resource = kind.table.to_fhir(record)
        last = heard.get(record["id"].replace("-", "_"), "2026-03-01T00:00:00.000Z")
        search = parameters(resource, partition.key, zone)
        newest = order_of(datetime.fromisoformat(last), 100, "")
        fold = {"last": last, "newest": newest, "first": newest, "key": [record["id"]]}
        documents.append(Document(kind.type, record["id"], resource, search, fold, kind=kind.name))
    await partition.put(documents)


async def ask(partition: Partition, event: str, question: Json, limits: Limits = SMALL, now: datetime = NOW) -> Answer:
    """The answer to "Model.Event"."""
    data_model, _, event_type = event.partition(".")
    return await answer(partition, data_model, event_type, question, limits, now)


def holes(value: Any, path: str = "") -> list[str]:
    """The places of an answer where nothing stands."""
    if value is None or value in ("", {}, []):
        return [path]
    if isinstance(value, dict):
        return [hole for name, inner in value.items() for hole in holes(inner, f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return [hole for inner in value for hole in holes(inner, f"{path}[]")]
    return []
