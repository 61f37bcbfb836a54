"""Meta: the block in which a message describes itself."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    RELIABLE,
    Block,
    Flag,
    Id,
    Map,
    Moment,
    Number,
    Text,
    Word,
    redox_field,
)


class Source(Block):
    """The sender of the message."""

    id: Id | None = redox_field("ID", RELIABLE)
    name: Text | None = redox_field("Name", RELIABLE)


class Destination(Block):
    """A receiver of the message."""

    id: Id | None = redox_field("ID", RELIABLE)
    name: Text | None = redox_field("Name", RELIABLE)


class Log(Block):
    """The entry of a delivery in Redox's log."""

    id: Id | None = redox_field("ID", RELIABLE)
    attempt_id: Id | None = redox_field("AttemptID", RELIABLE)


class Leg(Block):
    """The id of a delivery, in a form that Redox has retired and still sends."""

    id: Number | None = redox_field("ID", RELIABLE)


class Error(Block):
    """One error, in an answer."""

    id: Number | None = redox_field("ID")
    text: Text | None = redox_field("Text")
    type: Text | None = redox_field("Type")
    module: Text | None = redox_field("Module")
    destination_status_code: Number | None = redox_field("DestinationStatusCode")
    details: Text | None = redox_field("Details")


class Meta(Block):
    """The Meta block of every message; EventDateTime is the time at which the event happened."""

    data_model: Word = redox_field("DataModel", RELIABLE, required=True)
    event_type: Word = redox_field("EventType", RELIABLE, required=True)
    event_date_time: Moment | None = redox_field("EventDateTime", RELIABLE)
    test: Flag | None = redox_field("Test", RELIABLE)
    source: Source | None = redox_field("Source", RELIABLE)
    destinations: list[Destination] | None = redox_field("Destinations", RELIABLE)
    logs: list[Log] | None = redox_field("Logs", RELIABLE)
    message: Leg | None = redox_field("Message", RELIABLE)
    transmission: Leg | None = redox_field("Transmission", RELIABLE)
    facility_code: Word | None = redox_field("FacilityCode", POSSIBLE)
    extensions: Map | None = redox_field("Extensions")


class CancelMeta(Meta):
    """The Meta block of a PatientAdmin Cancel; CanceledEvent is open (Arrival, Discharge, PreAdmit ...)."""

    canceled_event: Word | None = redox_field("CanceledEvent", RELIABLE)


class QuestionMeta(Meta):
    """The Meta block of a question.

    Two members are this service's own. AsOf asks for the answer as it would have been at that time. Whole asks for
    everything that was said, also what Redox's response has no member for.
    """

    as_of: Moment | None = redox_field("AsOf")
    whole: Flag | None = redox_field("Whole")


class AnswerMeta(Meta):
    """The Meta block of an answer; IsIncomplete is true if a limit cut the answer."""

    is_incomplete: Flag | None = redox_field("IsIncomplete", RELIABLE)
    errors: list[Error] | None = redox_field("Errors")


class Message(Block):
    """The base of every message."""

    meta: Meta = redox_field("Meta", required=True)


class Question(Message):
    """The base of every question."""

    meta: QuestionMeta = redox_field("Meta", required=True)


class Answer(Message):
    """The base of every answer."""

    meta: AnswerMeta = redox_field("Meta", required=True)
