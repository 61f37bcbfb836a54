"""The clinical note: a DocumentReference with its contents, its visit and its providers."""

from __future__ import annotations

from mappings.fhir.document_values import DOC_STATUS, DOCUMENT_ID, FILE, REPLACED, STATUS
from mappings.fhir.provider import PROVIDER
from mappings.fhir.records import NOTE as NOTE_LEAVES
from mappings.fhir.records import leaves_of
from mappings.fhir.values import ABSENT, INSTANT, patient_reference, reference
from mappings.fhir.visit_context import VISIT_CONTEXT
from mappings.notation import OURS, FieldMap, const, each, extension, field, one
from mappings.redox import notes

CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
_FILE = "content.attachment."

COMPONENT = FieldMap(
    "Extension",
    leaves_of(notes.Component),
    field("ID", "extension[url=id].valueString"),
    field("Name", "extension[url=name].valueString"),
    field("Value", "extension[url=value].valueString"),
    field("Comments", "extension[url=comments].valueString"),
)

ORDER = FieldMap(
    "Reference",
    leaves_of(notes.NoteOrder),
    field("ID", "identifier.value"),
    field("Name", "display"),
)

NOTE = FieldMap(
    "DocumentReference",
    NOTE_LEAVES,
    field("id", "id"),
    field("ended", "status", STATUS),
    const("status", "current"),
    field("patient", "subject.reference", reference("Patient")),
    extension("event", "event", "valueString"),
    each("replaced[]", "relatesTo[]", REPLACED),
    const("category", [{"coding": [{"system": CATEGORY, "code": "clinical-note"}]}]),
    field("DocumentID", "masterIdentifier.value"),
    const("masterIdentifier.system", DOCUMENT_ID),
    extension("OriginalDocumentID", "original-document-id", "valueString"),
    field("DocumentType", "type.text"),
    field("DocumentDescription", "description"),
    field(
        ("ContentType", "FileType", "FileContents"),
        (
            f"{_FILE}contentType",
            f"{_FILE}data",
            f"{_FILE}url",
            f"{_FILE}size",
            f"{_FILE}hash",
            f"{_FILE}extension[url={OURS}written-as].valueString",
            f"{_FILE}extension[url={OURS}content-type].valueString",
            f"{_FILE}extension[url={OURS}file-type].valueString",
        ),
        FILE,
    ),
    field("FileName", f"{_FILE}title"),
    const("content", [{"attachment": ABSENT}]),
    field("ServiceDateTime", "context.period.start"),
    field("DocumentationDateTime", ("date", f"extension[url={OURS}documentation-date-time].valueDateTime"), INSTANT),
    field("Status", ("docStatus", f"extension[url={OURS}status].valueString"), DOC_STATUS),
    extension("Availability", "availability", "valueString"),
    one("Provider", "author->PractitionerRole#author", PROVIDER),
    one("Authenticator", "authenticator->PractitionerRole#authenticator", PROVIDER),
    each(
        "Notifications[]",
        f"extension[url={OURS}notification][].valueReference->PractitionerRole",
        PROVIDER,
        called="notification",
    ),
    each("Components[]", f"extension[url={OURS}component][]", COMPONENT),
    each("Orders[]", "context.related[]", ORDER),
    one("Visit", "context.encounter->Encounter#visit", VISIT_CONTEXT),
    about=patient_reference,
)
