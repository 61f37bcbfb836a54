"""Questions of one shape: which records of a data model there are. Redox has none for these models; they are ours."""

from __future__ import annotations

from mappings.redox.leaves import POSSIBLE, Block, DateTime, Text, said
from mappings.redox.meta import Question
from mappings.redox.parts import LooseIdentifier


class ListedPatient(Block):
    """A patient who is asked for, by all of these identifiers."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", POSSIBLE, within=POSSIBLE)


class RecordQuery(Question):
    """Which records there are; any of each list. Both ends of the span are part of it."""

    patients: list[ListedPatient] | None = said("Patients", POSSIBLE)
    start_date_time: DateTime | None = said("StartDateTime", POSSIBLE)
    end_date_time: DateTime | None = said("EndDateTime", POSSIBLE)
    ids: list[Text] | None = said("IDs", POSSIBLE)
    statuses: list[Text] | None = said("Statuses", POSSIBLE)


class RecordPatient(Block):
    """The patient of a record, by identifiers."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", POSSIBLE, within=POSSIBLE)
