"""Scheduling: appointments as they are pushed, the Booked question and its answer."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, PROBABLE, RELIABLE, Block, DateTime, Number, Text, Texts, said
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
    """A patient as an appointment's event tells of one."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", RELIABLE)
    demographics: Demographics | None = said("Demographics")
    notes: list[Text] | None = said("Notes", POSSIBLE)


class Visit(Block):
    """An appointment; Duration in minutes, Status open (Scheduled, Arrived ...)."""

    visit_number: Text = said("VisitNumber", RELIABLE, required=True)
    account_number: Text | None = said("AccountNumber", POSSIBLE, unsupported_by_dod=True)
    visit_date_time: DateTime = said("VisitDateTime", RELIABLE, required=True)
    patient_class: Text | None = said("PatientClass", PROBABLE)
    status: Text | None = said("Status", PROBABLE)
    duration: Number | None = said("Duration", RELIABLE)
    reason: Text | None = said("Reason", PROBABLE)
    type: Text | None = said("Type", PROBABLE, unsupported_by_dod=True)
    instructions: list[Text] | None = said("Instructions", PROBABLE, unsupported_by_dod=True)
    attending_provider: Provider | None = said("AttendingProvider")
    consulting_provider: Provider | None = said("ConsultingProvider", within=_GUESSED)
    referring_provider: Provider | None = said("ReferringProvider", within=_GUESSED)
    visit_provider: Provider | None = said("VisitProvider", within=_GUESSED)
    location: AppointmentLocation = said("Location", RELIABLE, required=True, within=RELIABLE)
    additional_staff: list[ScheduledStaff] | None = said("AdditionalStaff")
    diagnoses: list[Diagnosis] | None = said("Diagnoses", PROBABLE)
    equipment: list[Equipment] | None = said("Equipment", PROBABLE)


class TimedVisit(Visit):
    """An appointment whose length is due."""

    duration: Number = said("Duration", RELIABLE, required=True)


class RescheduledVisit(TimedVisit):
    """An appointment at its new time, and where it was before; some systems give it a new number."""

    old_visit_number: Text | None = said("OldVisitNumber")
    old_date_time: DateTime | None = said("OldDateTime")


class CancelledVisit(Visit):
    """An appointment that will not be, and why."""

    cancel_reason: Text | None = said("CancelReason", POSSIBLE)


class MissedVisit(Visit):
    """An appointment nobody came to, and why."""

    no_show_reason: Text | None = said("NoShowReason", POSSIBLE)


class _Event(Message):
    patient: ScheduledPatient | None = said("Patient")
    appointment_info: list[AppointmentInfo] | None = said("AppointmentInfo", PROBABLE)


class New(_Event):
    """An appointment is made; without a patient it holds or blocks the time."""

    visit: TimedVisit = said("Visit", required=True)


class Reschedule(_Event):
    """An appointment moves to another time."""

    visit: RescheduledVisit = said("Visit", required=True)


class Modification(_Event):
    """An appointment changes, not in its time."""

    visit: TimedVisit = said("Visit", required=True)


class Cancel(_Event):
    """An appointment is called off."""

    visit: CancelledVisit = said("Visit", required=True)


class NoShow(_Event):
    """A patient did not come."""

    visit: MissedVisit = said("Visit", required=True)


class AskedPatient(Block):
    """A patient who is asked for, by all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", PROBABLE, within=PROBABLE)


class AskedProvider(Provider):
    """A provider whom a question looks for; by NPI as well."""

    npi: Text | None = said("NPI")


class AskedVisit(Block):
    """What the appointments asked for have in common; Reason is a text or a list."""

    reason: Texts | None = said("Reason", RELIABLE)
    visit_number: Text | None = said("VisitNumber", POSSIBLE)
    attending_providers: list[AskedProvider] | None = said("AttendingProviders")
    visit_provider: AskedProvider | None = said("VisitProvider", within=_GUESSED)
    location: Location | None = said("Location", PROBABLE)
    patients: list[AskedPatient] | None = said("Patients", PROBABLE)


class Booked(Question):
    """Which appointments start from StartDateTime on, and before EndDateTime."""

    start_date_time: DateTime = said("StartDateTime", RELIABLE, required=True)
    end_date_time: DateTime | None = said("EndDateTime", POSSIBLE)
    visit: AskedVisit | None = said("Visit")


class BookedPatient(Block):
    """The patient of an appointment, in an answer."""

    identifiers: list[Identifier] = said("Identifiers", RELIABLE, required=True)
    demographics: Demographics | None = said("Demographics")
    notes: list[Text] | None = said("Notes", POSSIBLE)
    contacts: list[Contact] | None = said("Contacts")


class BookedVisit(TimedVisit):
    """An appointment in an answer, with its patient."""

    cancel_reason: Text | None = said("CancelReason", POSSIBLE)
    last_updated: DateTime | None = said("LastUpdated", PROBABLE)
    scheduled_date_time: DateTime | None = said("ScheduledDateTime", POSSIBLE)
    cancel_date_time: DateTime | None = said("CancelDateTime", POSSIBLE)
    patient: BookedPatient = said("Patient", required=True)
    appointment_info: list[AppointmentInfo] | None = said("AppointmentInfo", POSSIBLE, within=POSSIBLE)


class BookedResponse(Answer):
    """The appointments asked for."""

    visits: list[BookedVisit] = said("Visits", required=True)
