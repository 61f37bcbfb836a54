"""The visit that a clinical event names: a contained Encounter, a snapshot of what the event said of the visit.

A clinical event never moves a visit. So the words of its Visit block stay with the event's own record, in an Encounter
without a status of its own. The providers, places and insurances of the visit are siblings of the Encounter among the
contained resources.
"""

from __future__ import annotations

from mappings.fhir.account import account
from mappings.fhir.codes import PATIENT_CLASS
from mappings.fhir.encounter import STAFF, numbers, participant
from mappings.fhir.location import LOCATION
from mappings.fhir.provider import PROVIDER
from mappings.fhir.records import VISIT_CONTEXT as VISIT_CONTEXT_LEAVES
from mappings.fhir.values import ABSENT
from mappings.notation import SUBJECT, FieldMap, const, each, field, one

VISIT_CONTEXT = FieldMap(
    "Encounter",
    VISIT_CONTEXT_LEAVES,
    const("status", "unknown"),
    const("subject", SUBJECT),
    *numbers(),
    field("PatientClass", "class", PATIENT_CLASS),
    const("class", ABSENT),
    field("VisitDateTime", "period.start"),
    one("AttendingProvider", f"{participant('ATND')}.individual->PractitionerRole#attending", PROVIDER),
    one("ConsultingProvider", f"{participant('CON')}.individual->PractitionerRole#consulting", PROVIDER),
    one("ReferringProvider", f"{participant('REF')}.individual->PractitionerRole#referring", PROVIDER),
    each("AdditionalStaff[]", "participant[]", STAFF, called="staff"),
    one("Location", "location.location->Location#location", LOCATION),
    *account("account->Account#account."),
)
"""Tables put it behind a reference whose link is `->Encounter#visit`, so the id of the contained Encounter is `visit`.

It has all members that the Visit block of any clinical event has; the record of one kind has some of them.
"""
