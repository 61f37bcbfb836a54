"""Scheduling: the events of appointments, and the Booked question with its answer."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    Criterion,
    DateTime,
    Id,
    Moment,
    Number,
    Text,
    Texts,
    Word,
    redox_field,
)
from mappings.redox.meta import Answer, Message, Question
from mappings.redox.parts import (
    AppointmentInfo,
    AppointmentLocation,
    Contact,
    Demographics,
    Diagnosis,
    Equipment,
    Identifier,
    Location,
    LooseIdentifier,
    Provider,
    ScheduledStaff,
)

_GUESSED = {"ID": POSSIBLE, "IDType": POSSIBLE}


class ScheduledPatient(Block):
    """The patient of an appointment's event."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", RELIABLE)
    demographics: Demographics | None = redox_field("Demographics")
    notes: list[Text] | None = redox_field("Notes", POSSIBLE)


class Visit(Block):
    """An appointment; Duration in minutes, Status open (Scheduled, Arrived ...)."""

    visit_number: Id = redox_field("VisitNumber", RELIABLE, required=True)
    account_number: Id | None = redox_field("AccountNumber", POSSIBLE, unsupported_by_dod=True)
    visit_date_time: Moment = redox_field("VisitDateTime", RELIABLE, required=True)
    patient_class: Word | None = redox_field("PatientClass", PROBABLE)
    status: Word | None = redox_field("Status", PROBABLE)
    duration: Number | None = redox_field("Duration", RELIABLE)
    reason: Text | None = redox_field("Reason", PROBABLE)
    type: Text | None = redox_field("Type", PROBABLE, unsupported_by_dod=True)
    instructions: list[Text] | None = redox_field("Instructions", PROBABLE, unsupported_by_dod=True)
    attending_provider: Provider | None = redox_field("AttendingProvider")
    consulting_provider: Provider | None = redox_field("ConsultingProvider", within=_GUESSED)
    referring_provider: Provider | None = redox_field("ReferringProvider", within=_GUESSED)
    visit_provider: Provider | None = redox_field("VisitProvider", within=_GUESSED)
    location: AppointmentLocation = redox_field("Location", RELIABLE, required=True, within=RELIABLE)
    additional_staff: list[ScheduledStaff] | None = redox_field("AdditionalStaff")
    diagnoses: list[Diagnosis] | None = redox_field("Diagnoses", PROBABLE)
    equipment: list[Equipment] | None = redox_field("Equipment", PROBABLE)


class TimedVisit(Visit):
    """An appointment whose Duration is required."""

    duration: Number = redox_field("Duration", RELIABLE, required=True)


class RescheduledVisit(TimedVisit):
    """An appointment at its new time, with its old time, and its old number if the system gave it a new one."""

    old_visit_number: Id | None = redox_field("OldVisitNumber")
    old_date_time: DateTime | None = redox_field("OldDateTime")


class CancelledVisit(Visit):
    """An appointment that was cancelled, with the reason."""

    cancel_reason: Text | None = redox_field("CancelReason", POSSIBLE)


class MissedVisit(Visit):
    """An appointment that the patient missed, with the reason."""

    no_show_reason: Text | None = redox_field("NoShowReason", POSSIBLE)


class _Event(Message):
    patient: ScheduledPatient | None = redox_field("Patient")
    appointment_info: list[AppointmentInfo] | None = redox_field("AppointmentInfo", PROBABLE)


class New(_Event):
    """An appointment is booked; without a patient it holds or blocks the time."""

    visit: TimedVisit = redox_field("Visit", required=True)


class Reschedule(_Event):
    """An appointment moves to another time."""

    visit: RescheduledVisit = redox_field("Visit", required=True)


class Modification(_Event):
    """An appointment changes, but not its time."""

    visit: TimedVisit = redox_field("Visit", required=True)


class Cancel(_Event):
    """An appointment is cancelled."""

    visit: CancelledVisit = redox_field("Visit", required=True)


class NoShow(_Event):
    """A patient misses an appointment."""

    visit: MissedVisit = redox_field("Visit", required=True)


class AskedPatient(Criterion):
    """A patient whose appointments are asked for; the patient has all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", PROBABLE, within=PROBABLE)


class AskedProvider(Provider, Criterion):
    """A provider whose appointments are asked for, also by NPI."""

    npi: Id | None = redox_field("NPI")


class AskedVisit(Block):
    """The filters of a Booked question; Reason is a text or a list."""

    reason: Texts | None = redox_field("Reason", RELIABLE)
    visit_number: Id | None = redox_field("VisitNumber", POSSIBLE)
    attending_providers: list[AskedProvider] | None = redox_field("AttendingProviders")
    visit_provider: AskedProvider | None = redox_field("VisitProvider", within=_GUESSED)
    location: Location | None = redox_field("Location", PROBABLE)
    patients: list[AskedPatient] | None = redox_field("Patients", PROBABLE)


class Booked(Question):
    """Asks for the appointments that start at StartDateTime or later, and before EndDateTime."""

    start_date_time: Moment = redox_field("StartDateTime", RELIABLE, required=True)
    end_date_time: Moment | None = redox_field("EndDateTime", POSSIBLE)
    visit: AskedVisit | None = redox_field("Visit")


class BookedPatient(Block):
    """The patient of an appointment, in an answer."""

    identifiers: list[Identifier] = redox_field("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = redox_field("Demographics")
    notes: list[Text] | None = redox_field("Notes", POSSIBLE)
    contacts: list[Contact] | None = redox_field("Contacts")


class BookedVisit(TimedVisit):
    """An appointment in an answer, with its patient."""

    cancel_reason: Text | None = redox_field("CancelReason", POSSIBLE)
    last_updated: DateTime | None = redox_field("LastUpdated", PROBABLE)
    scheduled_date_time: DateTime | None = redox_field("ScheduledDateTime", POSSIBLE)
    cancel_date_time: DateTime | None = redox_field("CancelDateTime", POSSIBLE)
    patient: BookedPatient = redox_field("Patient", required=True)
    appointment_info: list[AppointmentInfo] | None = redox_field("AppointmentInfo", POSSIBLE, within=POSSIBLE)


class BookedResponse(Answer):
    """The answer to Booked: appointments, each with its patient."""

    visits: list[BookedVisit] = redox_field("Visits", required=True)
