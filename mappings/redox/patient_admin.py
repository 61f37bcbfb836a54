"""PatientAdmin: people and their visits as they are pushed, the census and visit questions and their answers."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    DateTime,
    Text,
    VisitStatus,
    redox_field,
)
from mappings.redox.meta import Answer, CancelMeta, Message, Question
from mappings.redox.parts import (
    PCP,
    Allergy,
    BedLocation,
    Contact,
    Demographics,
    Diagnosis,
    Identifier,
    LooseIdentifier,
)
from mappings.redox.visits import DischargedVisit, NumberedVisit, TransferredVisit, UpdatedVisit, Visit


class NamedPatient(Block):
    """A patient by identifiers and name."""

    identifiers: list[Identifier] = redox_field("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = redox_field("Demographics")
    notes: list[Text] | None = redox_field("Notes", POSSIBLE)


class NewlyKnownPatient(NamedPatient):
    """A patient as NewPatient tells of one."""

    contacts: list[Contact] | None = redox_field("Contacts")
    allergies: list[Allergy] | None = redox_field("Allergies", POSSIBLE)
    pcp: PCP | None = redox_field("PCP", RELIABLE)
    guarantor: Guarantor | None = redox_field("Guarantor")
    insurances: list[Insurance] | None = redox_field("Insurances", PROBABLE)


class UpdatedPatient(NewlyKnownPatient):
    """A patient as PatientUpdate tells of one."""

    diagnoses: list[Diagnosis] | None = redox_field("Diagnoses", PROBABLE)


class VisitingPatient(NamedPatient):
    """A patient as a visit's event tells of one; who pays stands with the visit."""

    contacts: list[Contact] | None = redox_field("Contacts")
    diagnoses: list[Diagnosis] | None = redox_field("Diagnoses", PROBABLE)
    allergies: list[Allergy] | None = redox_field("Allergies", POSSIBLE)
    pcp: PCP | None = redox_field("PCP", RELIABLE)


class MergedPatient(NamedPatient):
    """The patient who remains, and the identifiers of the record that ends in this one."""

    previous_identifiers: list[Identifier] = redox_field("PreviousIdentifiers", RELIABLE, required=True)


class VisitReceivingPatient(NamedPatient):
    """The patient who gets a visit, and the identifiers of the record it comes from."""

    previous_identifiers: list[LooseIdentifier] | None = redox_field("PreviousIdentifiers", POSSIBLE, within=POSSIBLE)


class NewPatient(Message):
    """A person's record is made."""

    patient: NewlyKnownPatient = redox_field("Patient", required=True)


class PatientUpdate(Message):
    """A person's data changed outside a stay."""

    patient: UpdatedPatient = redox_field("Patient", required=True)


class PatientMerge(Message):
    """Two records turn out to be one person."""

    patient: MergedPatient = redox_field("Patient", required=True)


class VisitMerge(Message):
    """A visit moves to another person's record."""

    patient: VisitReceivingPatient = redox_field("Patient", required=True)
    visit: NumberedVisit = redox_field("Visit", required=True)


class _VisitEvent(Message):
    patient: VisitingPatient = redox_field("Patient", required=True)
    visit: Visit | None = redox_field("Visit")


class PreAdmit(_VisitEvent):
    """A visit is prepared."""


class Registration(_VisitEvent):
    """A patient is registered for a visit."""


class Arrival(_VisitEvent):
    """A patient arrives, or is admitted."""


class Transfer(_VisitEvent):
    """A patient moves to another place."""

    visit: TransferredVisit | None = redox_field("Visit")


class VisitUpdate(_VisitEvent):
    """A visit's data changed during it."""

    visit: UpdatedVisit | None = redox_field("Visit")


class Discharge(_VisitEvent):
    """A visit ends."""

    visit: DischargedVisit | None = redox_field("Visit")


class Cancel(_VisitEvent):
    """An earlier event is taken back."""

    meta: CancelMeta = redox_field("Meta", required=True)


class CensusQuery(Question):
    """Who is admitted; any of each list."""

    patient_classes: list[Text] | None = redox_field("PatientClasses")
    departments: list[Text] | None = redox_field("Departments")
    facilities: list[Text] | None = redox_field("Facilities")


class AskedPatient(Block):
    """A patient who is asked for, by all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)


class VisitQuery(CensusQuery):
    """Which visits there are; any of each list."""

    visit_statuses: list[VisitStatus] | None = redox_field("VisitStatuses", RELIABLE)
    patients: list[AskedPatient] | None = redox_field("Patients", POSSIBLE)
    visit_numbers: list[Text] | None = redox_field("VisitNumbers")
    visit_start_date_time: DateTime | None = redox_field("VisitStartDateTime", POSSIBLE)


class CensusVisit(Block):
    """An admission in a census."""

    visit_number: Text | None = redox_field("VisitNumber", RELIABLE)
    visit_date_time: DateTime | None = redox_field("VisitDateTime", RELIABLE)
    patient_class: Text | None = redox_field("PatientClass", RELIABLE)
    location: BedLocation | None = redox_field("Location", PROBABLE)


class QueriedVisit(CensusVisit):
    """A visit in the answer to a VisitQuery."""

    reason: Text | None = redox_field("Reason", PROBABLE)
    status: VisitStatus | None = redox_field("Status", RELIABLE)


class CensusPatient(Block):
    """A patient in a census."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", RELIABLE)
    demographics: Demographics | None = redox_field("Demographics")
    visits: list[CensusVisit] | None = redox_field("Visits", RELIABLE)


class QueriedPatient(CensusPatient):
    """A patient in the answer to a VisitQuery."""

    visits: list[QueriedVisit] | None = redox_field("Visits", RELIABLE)  # type: ignore[assignment]


class CensusQueryResponse(Answer):
    """Everyone who is admitted."""

    patients: list[CensusPatient] | None = redox_field("Patients")


class VisitQueryResponse(Answer):
    """The patients whose visits were asked for."""

    patients: list[QueriedPatient] | None = redox_field("Patients")
