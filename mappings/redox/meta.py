"""Meta: what a message says of itself."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, RELIABLE, Block, DateTime, Flag, Map, Number, Text, redox_field


class Source(Block):
    """Who sent the message."""

    id: Text | None = redox_field("ID", RELIABLE)
    name: Text | None = redox_field("Name", RELIABLE)


class Destination(Block):
    """Whom the message is for."""

    id: Text | None = redox_field("ID", RELIABLE)
    name: Text | None = redox_field("Name", RELIABLE)


class Log(Block):
    """A delivery's entry in the log of who delivered it."""

    id: Text | None = redox_field("ID", RELIABLE)
    attempt_id: Text | None = redox_field("AttemptID", RELIABLE)


class Leg(Block):
    """An old mark of a delivery, retired and still sent."""

    id: Number | None = redox_field("ID", RELIABLE)


class Error(Block):
    """Why a message was not taken, in an answer."""

    id: Number | None = redox_field("ID")
    text: Text | None = redox_field("Text")
    type: Text | None = redox_field("Type")
    module: Text | None = redox_field("Module")
    destination_status_code: Number | None = redox_field("DestinationStatusCode")
    details: Text | None = redox_field("Details")


class Meta(Block):
    """What every message says of itself; EventDateTime is when what it tells happened."""

    data_model: Text = redox_field("DataModel", RELIABLE, required=True)
    event_type: Text = redox_field("EventType", RELIABLE, required=True)
    event_date_time: DateTime | None = redox_field("EventDateTime", RELIABLE)
    test: Flag | None = redox_field("Test", RELIABLE)
    source: Source | None = redox_field("Source", RELIABLE)
    destinations: list[Destination] | None = redox_field("Destinations", RELIABLE)
    logs: list[Log] | None = redox_field("Logs", RELIABLE)
    message: Leg | None = redox_field("Message", RELIABLE)
    transmission: Leg | None = redox_field("Transmission", RELIABLE)
    facility_code: Text | None = redox_field("FacilityCode", POSSIBLE)
    extensions: Map | None = redox_field("Extensions")


class CancelMeta(Meta):
    """What a PatientAdmin Cancel says of itself: which event it undoes (open: Arrival, Discharge, PreAdmit ...)."""

    canceled_event: Text | None = redox_field("CanceledEvent", RELIABLE)


class QuestionMeta(Meta):
    """What a question says of itself.

    AsOf is this service's own: the answer as it would have been at that time.
    """

    as_of: DateTime | None = redox_field("AsOf")


class AnswerMeta(Meta):
    """What an answer says of itself; IsIncomplete: a limit cut it."""

    is_incomplete: Flag | None = redox_field("IsIncomplete", RELIABLE)
    errors: list[Error] | None = redox_field("Errors")


class Message(Block):
    """What every message has."""

    meta: Meta = redox_field("Meta", required=True)


class Question(Message):
    """What every question has."""

    meta: QuestionMeta = redox_field("Meta", required=True)


class Answer(Message):
    """What every answer has."""

    meta: AnswerMeta = redox_field("Meta", required=True)
