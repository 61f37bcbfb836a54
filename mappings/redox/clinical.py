"""The blocks that the clinical data models share: the patient and the visit of a record, in events and in questions."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, PROBABLE, RELIABLE, Block, Criterion, DateTime, Id, Text, Word, redox_field
from mappings.redox.parts import BedLocation, Demographics, Identifier, LooseIdentifier, Provider, Staff

GUESSED_PROVIDER = {"ID": POSSIBLE, "IDType": POSSIBLE}
"""The reliability of a provider's identifier, for `within`, if it is lower than in PatientAdmin."""


class ClinicalPatient(Block):
    """The patient of a clinical event."""

    identifiers: list[Identifier] = redox_field("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = redox_field("Demographics")
    notes: list[Text] | None = redox_field("Notes", POSSIBLE)


class ClinicalVisit(Block):
    """The visit that a clinical event names; PatientClass is open (Inpatient, Outpatient ...)."""

    visit_number: Id | None = redox_field("VisitNumber", RELIABLE)
    account_number: Id | None = redox_field("AccountNumber", POSSIBLE)
    patient_class: Word | None = redox_field("PatientClass", RELIABLE)
    visit_date_time: DateTime | None = redox_field("VisitDateTime", RELIABLE)
    location: BedLocation | None = redox_field("Location", PROBABLE)
    additional_staff: list[Staff] | None = redox_field("AdditionalStaff")


class AttendedVisit(ClinicalVisit):
    """The visit that a clinical event names, with its attending and its referring provider."""

    attending_provider: Provider | None = redox_field("AttendingProvider", within=GUESSED_PROVIDER)
    referring_provider: Provider | None = redox_field("ReferringProvider", within=GUESSED_PROVIDER)


class AskedPatient(Criterion):
    """A patient whose records are asked for; the patient has all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", RELIABLE)


class NamedPatient(Block):
    """The patient of a record in an answer, by identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", RELIABLE)


class NamedVisit(Block):
    """The visit of a record in an answer, by its number."""

    visit_number: Id | None = redox_field("VisitNumber", RELIABLE)
