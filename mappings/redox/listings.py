"""Questions of one shape: which records of a data model there are. Redox has none for these models; they are ours."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, Block, DateTime, Text, redox_field
from mappings.redox.meta import Question
from mappings.redox.parts import LooseIdentifier


class ListedPatient(Block):
    """A patient who is asked for, by all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)


class RecordQuery(Question):
    """Which records there are; any of each list. Both ends of the span are part of it."""

    patients: list[ListedPatient] | None = redox_field("Patients", POSSIBLE)
    start_date_time: DateTime | None = redox_field("StartDateTime", POSSIBLE)
    end_date_time: DateTime | None = redox_field("EndDateTime", POSSIBLE)
    ids: list[Text] | None = redox_field("IDs", POSSIBLE)
    statuses: list[Text] | None = redox_field("Statuses", POSSIBLE)


class RecordPatient(Block):
    """The patient of a record, by identifiers."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)
