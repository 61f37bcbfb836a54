"""The report on an order: a DiagnosticReport that refers to its results, and contains its order and its visit.

The contained order is a snapshot of what the event said of it. Its status is unknown, because a report does not change
an order.
"""

from __future__ import annotations

from typing import Any

from mappings.fhir.clinical_codes import PRIORITY, REPORT_STATUS
from mappings.fhir.codes import V2
from mappings.fhir.datatypes import WORD, codeable_concept
from mappings.fhir.provider import PCP, PROVIDER
from mappings.fhir.records import DIAGNOSTIC_REPORT as DIAGNOSTIC_REPORT_LEAVES
from mappings.fhir.systems import APPLICATION_ORDER, ORDER
from mappings.fhir.values import ABSENT, INSTANT, patient_reference, reference
from mappings.fhir.visit_context import VISIT_CONTEXT
from mappings.notation import OURS, SUBJECT, FieldMap, Iso, const, each, extension, field, one

Json = dict[str, Any]

_ORDER = "basedOn->ServiceRequest#order."
_RESULT = reference("Observation")

Homes = tuple[str | None, str | None, list[Json] | None]
"""The code of a status, its word, and references to results."""


def _standing(word: str | None, results: list[str] | None) -> Homes:
    code = REPORT_STATUS.get(word or "")
    if word == "In Process":
        code = "partial" if results else "registered"
    return code, word, [{"reference": _RESULT.to_fhir(result)} for result in results or ()] or None


def _word_and_results(
    _code: str | None, word: str | None, results: list[Json] | None
) -> tuple[str | None, list[str] | None]:
    return word, [_RESULT.to_redox(result["reference"]) for result in results or ()] or None


STANDING = Iso(_standing, _word_and_results)
"""ResultsStatus and the ids of the results. FHIR: the code, the word itself, by which reports are searched, and
references to the Observations. The word In Process has the code partial if there are results, else registered."""

DIAGNOSTIC_REPORT = FieldMap(
    "DiagnosticReport",
    DIAGNOSTIC_REPORT_LEAVES,
    field("id", "id"),
    field("patient", "subject.reference", reference("Patient")),
    extension("event", "event", "valueString"),
    extension("groups[]", "related-group", "valueString"),
    extension("LastUpdated", "last-updated", "valueDateTime"),
    field("ID", f"identifier[system={ORDER}].value"),
    const(f"identifier[system={ORDER}].type", {"coding": [{"system": f"{V2}0203", "code": "PLAC"}]}),
    field("ApplicationOrderID", f"identifier[system={APPLICATION_ORDER}].value"),
    const(f"identifier[system={APPLICATION_ORDER}].type", {"coding": [{"system": f"{V2}0203", "code": "FILL"}]}),
    field(("ResultsStatus", "results[]"), ("status", f"_status.{WORD}", "result[]"), STANDING),
    const("status", "unknown"),
    *codeable_concept("Procedure.", "code.", "Description"),
    const("code", ABSENT),
    field("CollectionDateTime", "effectiveDateTime"),
    field(
        "CompletionDateTime",
        ("issued", f"extension[url={OURS}completion-date-time].valueDateTime"),
        INSTANT,
    ),
    extension("Notes[]", "note", "valueString"),
    extension("ResponseFlag", "response-flag", "valueString"),
    each(
        "ResultCopyProviders[]",
        f"extension[url={OURS}result-copy-provider][].valueReference->PractitionerRole",
        PROVIDER,
        called="result-copy-provider",
    ),
    field("TransactionDateTime", f"{_ORDER}authoredOn"),
    field("Priority", (f"{_ORDER}priority", f"{_ORDER}_priority.{WORD}"), PRIORITY),
    extension("Status", "status", "valueString", at=_ORDER),
    one("Provider", f"{_ORDER}requester->PractitionerRole#requester", PCP),
    const(f"{_ORDER}status", "unknown"),
    const(f"{_ORDER}intent", "order"),
    const(f"{_ORDER}subject", SUBJECT),
    one("Visit", "encounter->Encounter#visit", VISIT_CONTEXT),
    about=patient_reference,
)
