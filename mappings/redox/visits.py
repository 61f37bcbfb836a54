"""The visits that PatientAdmin tells of, by what its events may say of them."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    DateTime,
    DischargeStatusCode,
    Number,
    Text,
    said,
)
from mappings.redox.parts import CodedValue, Location, Provider, Staff, VisitLocation

_GUESSED = {"ID": POSSIBLE, "IDType": POSSIBLE}
_SURE = {"ID": RELIABLE, "IDType": RELIABLE}


class DischargeStatus(CodedValue):
    """How a patient left: a UB-04 code."""

    code: DischargeStatusCode | None = said("Code", PROBABLE)


class Visit(Block):
    """A stay or an outpatient visit; Duration in minutes, PatientClass open (Inpatient, Outpatient, Emergency ...)."""

    visit_number: Text | None = said("VisitNumber", RELIABLE)
    account_number: Text | None = said("AccountNumber", POSSIBLE)
    patient_class: Text | None = said("PatientClass", RELIABLE)
    visit_date_time: DateTime | None = said("VisitDateTime", RELIABLE)
    duration: Number | None = said("Duration", PROBABLE)
    reason: Text | None = said("Reason", PROBABLE)
    instructions: list[Text] | None = said("Instructions", PROBABLE)
    balance: Number | None = said("Balance", POSSIBLE)
    diagnosis_related_group: Number | None = said("DiagnosisRelatedGroup", POSSIBLE)
    diagnosis_related_group_type: Number | None = said("DiagnosisRelatedGroupType", POSSIBLE)
    attending_provider: Provider | None = said("AttendingProvider", RELIABLE)
    consulting_provider: Provider | None = said("ConsultingProvider", RELIABLE, within=_GUESSED)
    referring_provider: Provider | None = said("ReferringProvider", RELIABLE, within=_GUESSED)
    admitting_provider: Provider | None = said("AdmittingProvider", RELIABLE, within=_SURE)
    additional_staff: list[Staff] | None = said("AdditionalStaff")
    location: VisitLocation | None = said("Location", PROBABLE)
    guarantor: Guarantor | None = said("Guarantor")
    insurances: list[Insurance] | None = said("Insurances", PROBABLE)


class UpdatedVisit(Visit):
    """A visit whose end may be said."""

    discharge_date_time: DateTime | None = said("DischargeDateTime", PROBABLE)


class TransferredVisit(UpdatedVisit):
    """A visit that goes on somewhere else."""

    discharge_status: DischargeStatus | None = said("DischargeStatus", PROBABLE)
    previous_location: VisitLocation | None = said("PreviousLocation", PROBABLE)


class DischargedVisit(Visit):
    """A visit that is over."""

    discharge_date_time: DateTime | None = said("DischargeDateTime", RELIABLE)
    discharge_status: DischargeStatus | None = said("DischargeStatus", PROBABLE)
    discharge_location: Location | None = said("DischargeLocation", PROBABLE)


class NumberedVisit(Block):
    """A visit by its number alone."""

    visit_number: Text = said("VisitNumber", RELIABLE, required=True)
