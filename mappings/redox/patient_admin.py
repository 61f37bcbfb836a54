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
    said,
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

    identifiers: list[Identifier] = said("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = said("Demographics")
    notes: list[Text] | None = said("Notes", POSSIBLE)


class NewlyKnownPatient(NamedPatient):
    """A patient as NewPatient tells of one."""

    contacts: list[Contact] | None = said("Contacts")
    allergies: list[Allergy] | None = said("Allergies", POSSIBLE)
    pcp: PCP | None = said("PCP", RELIABLE)
    guarantor: Guarantor | None = said("Guarantor")
    insurances: list[Insurance] | None = said("Insurances", PROBABLE)


class UpdatedPatient(NewlyKnownPatient):
    """A patient as PatientUpdate tells of one."""

    diagnoses: list[Diagnosis] | None = said("Diagnoses", PROBABLE)


class VisitingPatient(NamedPatient):
    """A patient as a visit's event tells of one; who pays stands with the visit."""

    contacts: list[Contact] | None = said("Contacts")
    diagnoses: list[Diagnosis] | None = said("Diagnoses", PROBABLE)
    allergies: list[Allergy] | None = said("Allergies", POSSIBLE)
    pcp: PCP | None = said("PCP", RELIABLE)


class MergedPatient(NamedPatient):
    """The patient who remains, and the identifiers of the record that ends in this one."""

    previous_identifiers: list[Identifier] = said("PreviousIdentifiers", RELIABLE, required=True)


class VisitReceivingPatient(NamedPatient):
    """The patient who gets a visit, and the identifiers of the record it comes from."""

    previous_identifiers: list[LooseIdentifier] | None = said("PreviousIdentifiers", POSSIBLE, within=POSSIBLE)


class NewPatient(Message):
    """A person's record is made."""

    patient: NewlyKnownPatient = said("Patient", required=True)


class PatientUpdate(Message):
    """A person's data changed outside a stay."""

    patient: UpdatedPatient = said("Patient", required=True)


class PatientMerge(Message):
    """Two records turn out to be one person."""

    patient: MergedPatient = said("Patient", required=True)


class VisitMerge(Message):
    """A visit moves to another person's record."""

    patient: VisitReceivingPatient = said("Patient", required=True)
    visit: NumberedVisit = said("Visit", required=True)


class _VisitEvent(Message):
    patient: VisitingPatient = said("Patient", required=True)
    visit: Visit | None = said("Visit")


class PreAdmit(_VisitEvent):
    """A visit is prepared."""


class Registration(_VisitEvent):
    """A patient is registered for a visit."""


class Arrival(_VisitEvent):
    """A patient arrives, or is admitted."""


class Transfer(_VisitEvent):
    """A patient moves to another place."""

    visit: TransferredVisit | None = said("Visit")


class VisitUpdate(_VisitEvent):
    """A visit's data changed during it."""

    visit: UpdatedVisit | None = said("Visit")


class Discharge(_VisitEvent):
    """A visit ends."""

    visit: DischargedVisit | None = said("Visit")


class Cancel(_VisitEvent):
    """An earlier event is taken back."""

    meta: CancelMeta = said("Meta", required=True)


class CensusQuery(Question):
    """Who is admitted; any of each list."""

    patient_classes: list[Text] | None = said("PatientClasses")
    departments: list[Text] | None = said("Departments")
    facilities: list[Text] | None = said("Facilities")


class AskedPatient(Block):
    """A patient who is asked for, by all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", POSSIBLE, within=POSSIBLE)


class VisitQuery(CensusQuery):
    """Which visits there are; any of each list."""

    visit_statuses: list[VisitStatus] | None = said("VisitStatuses", RELIABLE)
    patients: list[AskedPatient] | None = said("Patients", POSSIBLE)
    visit_numbers: list[Text] | None = said("VisitNumbers")
    visit_start_date_time: DateTime | None = said("VisitStartDateTime", POSSIBLE)


class CensusVisit(Block):
    """An admission in a census."""

    visit_number: Text | None = said("VisitNumber", RELIABLE)
    visit_date_time: DateTime | None = said("VisitDateTime", RELIABLE)
    patient_class: Text | None = said("PatientClass", RELIABLE)
    location: BedLocation | None = said("Location", PROBABLE)


class QueriedVisit(CensusVisit):
    """A visit in the answer to a VisitQuery."""

    reason: Text | None = said("Reason", PROBABLE)
    status: VisitStatus | None = said("Status", RELIABLE)


class CensusPatient(Block):
    """A patient in a census."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", RELIABLE)
    demographics: Demographics | None = said("Demographics")
    visits: list[CensusVisit] | None = said("Visits", RELIABLE)


class QueriedPatient(CensusPatient):
    """A patient in the answer to a VisitQuery."""

    visits: list[QueriedVisit] | None = said("Visits", RELIABLE)  # type: ignore[assignment]


class CensusQueryResponse(Answer):
    """Everyone who is admitted."""

    patients: list[CensusPatient] | None = said("Patients")


class VisitQueryResponse(Answer):
    """The patients whose visits were asked for."""

    patients: list[QueriedPatient] | None = said("Patients")
