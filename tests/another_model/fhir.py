"""An outing as FHIR: a Basic resource, for FHIR has nothing closer."""

from __future__ import annotations

from mappings.fhir.records import leaves_of
from mappings.fhir.values import reference
from mappings.notation import FieldMap, const, field, kept
from mappings.redox import excursion

OUTING = FieldMap(
    "Basic",
    {"id": "Id", "patient": "Id", "event": "Text", "ended": "Text", **leaves_of(excursion.Outing)},
    field("id", "id"),
    field("patient", "subject.reference", reference("Patient")),
    kept("event", "event", "valueString"),
    kept("ended", "ended", "valueString"),
    const("code", {"text": "outing"}),
    field("ID", "identifier[system=urn:redox:outing].value"),
    kept("Destination", "destination", "valueString"),
    kept("DateTime", "date-time", "valueDateTime"),
    kept("Price", "price", "valueDecimal"),
    kept("Status", "status", "valueString"),
)
