"""Meta: what a message says of itself."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, RELIABLE, Block, DateTime, Flag, Map, Number, Text, said


class Source(Block):
    """Who sent the message."""

    id: Text | None = said("ID", RELIABLE)
    name: Text | None = said("Name", RELIABLE)


class Destination(Block):
    """Whom the message is for."""

    id: Text | None = said("ID", RELIABLE)
    name: Text | None = said("Name", RELIABLE)


class Log(Block):
    """A delivery's entry in the log of who delivered it."""

    id: Text | None = said("ID", RELIABLE)
    attempt_id: Text | None = said("AttemptID", RELIABLE)


class Leg(Block):
    """An old mark of a delivery, retired and still sent."""

    id: Number | None = said("ID", RELIABLE)


class Error(Block):
    """Why a message was not taken, in an answer."""

    id: Number | None = said("ID")
    text: Text | None = said("Text")
    type: Text | None = said("Type")
    module: Text | None = said("Module")
    destination_status_code: Number | None = said("DestinationStatusCode")
    details: Text | None = said("Details")


class Meta(Block):
    """What every message says of itself; EventDateTime is when what it tells happened."""

    data_model: Text = said("DataModel", RELIABLE, required=True)
    event_type: Text = said("EventType", RELIABLE, required=True)
    event_date_time: DateTime | None = said("EventDateTime", RELIABLE)
    test: Flag | None = said("Test", RELIABLE)
    source: Source | None = said("Source", RELIABLE)
    destinations: list[Destination] | None = said("Destinations", RELIABLE)
    logs: list[Log] | None = said("Logs", RELIABLE)
    message: Leg | None = said("Message", RELIABLE)
    transmission: Leg | None = said("Transmission", RELIABLE)
    facility_code: Text | None = said("FacilityCode", POSSIBLE)
    extensions: Map | None = said("Extensions")


class CancelMeta(Meta):
    """What a PatientAdmin Cancel says of itself: which event it undoes (open: Arrival, Discharge, PreAdmit ...)."""

    canceled_event: Text | None = said("CanceledEvent", RELIABLE)


class QuestionMeta(Meta):
    """What a question says of itself.

    AsOf is this service's own: the answer as it would have been at that time.
    """

    as_of: DateTime | None = said("AsOf")


class AnswerMeta(Meta):
    """What an answer says of itself; IsIncomplete: a limit cut it."""

    is_incomplete: Flag | None = said("IsIncomplete", RELIABLE)
    errors: list[Error] | None = said("Errors")


class Message(Block):
    """What every message has."""

    meta: Meta = said("Meta", required=True)


class Question(Message):
    """What every question has."""

    meta: QuestionMeta = said("Meta", required=True)


class Answer(Message):
    """What every answer has."""

    meta: AnswerMeta = said("Meta", required=True)
