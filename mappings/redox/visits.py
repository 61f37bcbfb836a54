"""The Visit blocks of PatientAdmin's events, one class for each set of members."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    DischargeStatusCode,
    Id,
    Moment,
    Number,
    Text,
    Word,
    redox_field,
)
from mappings.redox.parts import CodedValue, Location, Provider, Staff, VisitLocation

_GUESSED = {"ID": POSSIBLE, "IDType": POSSIBLE}
_SURE = {"ID": RELIABLE, "IDType": RELIABLE}


class DischargeStatus(CodedValue):
    """The discharge disposition: a UB-04 code."""

    code: DischargeStatusCode | None = redox_field("Code", PROBABLE)


class Visit(Block):
    """An inpatient or outpatient visit; Duration in minutes, PatientClass open (Inpatient, Outpatient ...)."""

    visit_number: Id | None = redox_field("VisitNumber", RELIABLE)
    account_number: Id | None = redox_field("AccountNumber", POSSIBLE)
    patient_class: Word | None = redox_field("PatientClass", RELIABLE)
    visit_date_time: Moment | None = redox_field("VisitDateTime", RELIABLE)
    duration: Number | None = redox_field("Duration", PROBABLE)
    reason: Text | None = redox_field("Reason", PROBABLE)
    instructions: list[Text] | None = redox_field("Instructions", PROBABLE)
    balance: Number | None = redox_field("Balance", POSSIBLE)
    diagnosis_related_group: Number | None = redox_field("DiagnosisRelatedGroup", POSSIBLE)
    diagnosis_related_group_type: Number | None = redox_field("DiagnosisRelatedGroupType", POSSIBLE)
    attending_provider: Provider | None = redox_field("AttendingProvider", RELIABLE)
    consulting_provider: Provider | None = redox_field("ConsultingProvider", RELIABLE, within=_GUESSED)
    referring_provider: Provider | None = redox_field("ReferringProvider", RELIABLE, within=_GUESSED)
    admitting_provider: Provider | None = redox_field("AdmittingProvider", RELIABLE, within=_SURE)
    additional_staff: list[Staff] | None = redox_field("AdditionalStaff")
    location: VisitLocation | None = redox_field("Location", PROBABLE)
    guarantor: Guarantor | None = redox_field("Guarantor")
    insurances: list[Insurance] | None = redox_field("Insurances", PROBABLE)


class UpdatedVisit(Visit):
    """A visit that may have a discharge time."""

    discharge_date_time: Moment | None = redox_field("DischargeDateTime", PROBABLE)


class TransferredVisit(UpdatedVisit):
    """A visit whose patient moved to another location."""

    discharge_status: DischargeStatus | None = redox_field("DischargeStatus", PROBABLE)
    previous_location: VisitLocation | None = redox_field("PreviousLocation", PROBABLE)


class DischargedVisit(Visit):
    """A visit that ended with a discharge."""

    discharge_date_time: Moment | None = redox_field("DischargeDateTime", RELIABLE)
    discharge_status: DischargeStatus | None = redox_field("DischargeStatus", PROBABLE)
    discharge_location: Location | None = redox_field("DischargeLocation", PROBABLE)


class NumberedVisit(Block):
    """A visit by its number alone."""

    visit_number: Id = redox_field("VisitNumber", RELIABLE, required=True)
