"""The specimen of a result: a contained Specimen."""

from __future__ import annotations

from mappings.fhir.records import leaves_of
from mappings.fhir.systems import SPECIMEN as SPECIMEN_ID
from mappings.notation import SUBJECT, FieldMap, const, field
from mappings.redox import results

SPECIMEN = FieldMap(
    "Specimen",
    leaves_of(results.Specimen),
    const("subject", SUBJECT),
    field("ID", f"identifier[system={SPECIMEN_ID}].value"),
    field("Source", "type.text"),
    field("BodySite", "collection.bodySite.text"),
)
