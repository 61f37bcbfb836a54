"""PatientAdmin: the events of people and visits, and the census and visit questions with their answers."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    Criterion,
    Id,
    Moment,
    Text,
    VisitStatus,
    Word,
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
    """The patient of a NewPatient."""

    contacts: list[Contact] | None = redox_field("Contacts")
    allergies: list[Allergy] | None = redox_field("Allergies", POSSIBLE)
    pcp: PCP | None = redox_field("PCP", RELIABLE)
    guarantor: Guarantor | None = redox_field("Guarantor")
    insurances: list[Insurance] | None = redox_field("Insurances", PROBABLE)


class UpdatedPatient(NewlyKnownPatient):
    """The patient of a PatientUpdate."""

    diagnoses: list[Diagnosis] | None = redox_field("Diagnoses", PROBABLE)


class VisitingPatient(NamedPatient):
    """The patient of a visit's event; guarantor and insurances stand in its Visit block."""

    contacts: list[Contact] | None = redox_field("Contacts")
    diagnoses: list[Diagnosis] | None = redox_field("Diagnoses", PROBABLE)
    allergies: list[Allergy] | None = redox_field("Allergies", POSSIBLE)
    pcp: PCP | None = redox_field("PCP", RELIABLE)


class MergedPatient(NamedPatient):
    """The patient who remains after a PatientMerge; PreviousIdentifiers are those of the record that ends."""

    previous_identifiers: list[Identifier] = redox_field(
        "PreviousIdentifiers", RELIABLE, required=True, is_instruction=True
    )


class VisitReceivingPatient(NamedPatient):
    """The patient who gets a visit; PreviousIdentifiers are those of the record that had the visit before."""

    previous_identifiers: list[LooseIdentifier] | None = redox_field(
        "PreviousIdentifiers", POSSIBLE, within=POSSIBLE, is_instruction=True
    )


class NewPatient(Message):
    """The record of a person is created."""

    patient: NewlyKnownPatient = redox_field("Patient", required=True)


class PatientUpdate(Message):
    """The data of a person change outside of a visit."""

    patient: UpdatedPatient = redox_field("Patient", required=True)


class PatientMerge(Message):
    """Two records turn out to be one person."""

    patient: MergedPatient = redox_field("Patient", required=True)


class VisitMerge(Message):
    """A visit moves to another person's record."""

    patient: VisitReceivingPatient = redox_field("Patient", required=True)
    visit: NumberedVisit = redox_field("Visit", required=True, is_instruction=True)


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
    """The data of a visit change while it lasts."""

    visit: UpdatedVisit | None = redox_field("Visit")


class Discharge(_VisitEvent):
    """A visit ends."""

    visit: DischargedVisit | None = redox_field("Visit")


class Cancel(_VisitEvent):
    """An earlier event is taken back."""

    meta: CancelMeta = redox_field("Meta", required=True)


class CensusQuery(Question):
    """Asks for the visits of all who are admitted; a visit matches any entry of each list."""

    patient_classes: list[Word] | None = redox_field("PatientClasses")
    departments: list[Text] | None = redox_field("Departments")
    facilities: list[Text] | None = redox_field("Facilities")


class AskedPatient(Criterion):
    """A patient whose visits are asked for; the patient has all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)


class VisitQuery(CensusQuery):
    """Asks for visits; a visit matches any entry of each list."""

    visit_statuses: list[VisitStatus] | None = redox_field("VisitStatuses", RELIABLE)
    patients: list[AskedPatient] | None = redox_field("Patients", POSSIBLE)
    visit_numbers: list[Id] | None = redox_field("VisitNumbers")
    visit_start_date_time: Moment | None = redox_field("VisitStartDateTime", POSSIBLE)


class CensusVisit(Block):
    """A visit in a census."""

    visit_number: Id | None = redox_field("VisitNumber", RELIABLE)
    visit_date_time: Moment | None = redox_field("VisitDateTime", RELIABLE)
    patient_class: Word | None = redox_field("PatientClass", RELIABLE)
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
    """The answer to a CensusQuery: the patients who are admitted."""

    patients: list[CensusPatient] | None = redox_field("Patients")


class VisitQueryResponse(Answer):
    """The answer to a VisitQuery: patients with their visits."""

    patients: list[QueriedPatient] | None = redox_field("Patients")
