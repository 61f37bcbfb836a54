"""The question for the records of a data model, of one shape for all models. It is this service's own, not Redox's."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, Block, Criterion, Id, Moment, Word, redox_field
from mappings.redox.meta import Question
from mappings.redox.parts import LooseIdentifier


class ListedPatient(Criterion):
    """A patient whose records are asked for; the patient has all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)


class RecordQuery(Question):
    """Asks for records; a record matches any entry of each list. Start and end belong to the span of time."""

    patients: list[ListedPatient] | None = redox_field("Patients", POSSIBLE)
    start_date_time: Moment | None = redox_field("StartDateTime", POSSIBLE)
    end_date_time: Moment | None = redox_field("EndDateTime", POSSIBLE)
    ids: list[Id] | None = redox_field("IDs", POSSIBLE)
    statuses: list[Word] | None = redox_field("Statuses", POSSIBLE)


class RecordPatient(Block):
    """The patient of a record in an answer, by identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)
