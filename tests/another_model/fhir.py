"""An outing as FHIR: a Basic resource, for FHIR has nothing closer."""

from __future__ import annotations

from mappings.fhir.records import leaves_of
from mappings.fhir.values import reference
from mappings.notation import FieldMap, const, extension, field
from mappings.redox import excursion

OUTING = FieldMap(
    "Basic",
    {"id": "Id", "patient": "Id", "event": "Text", "ended": "Text", **leaves_of(excursion.Outing)},
    field("id", "id"),
    field("patient", "subject.reference", reference("Patient")),
    extension("event", "event", "valueString"),
    extension("ended", "ended", "valueString"),
    const("code", {"text": "outing"}),
    field("ID", "identifier[system=urn:redox:outing].value"),
    extension("Destination", "destination", "valueString"),
    extension("DateTime", "date-time", "valueDateTime"),
    extension("Price", "price", "valueDecimal"),
    extension("Status", "status", "valueString"),
)
