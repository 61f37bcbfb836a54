"""A population as rows that a backfill loads, as if its messages were read from a file of events."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ingest.backfill.rows import Rejected, Row, Wanted
from ingest.synth.lives import Population
from mappings.redox.catalogue import event


class Lives:
    """The messages of a population as rows; none of them is ever rejected."""

    def __init__(self, population: Population, wanted: Wanted) -> None:
        self.notes = ()
        self._population = population
        self._wanted = wanted
        self._people = 0

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Give one Row for each message; raises LookupError if an event is not in the catalogue."""
        for number, message in enumerate(self._population.messages(), 1):
            known = event(message["Meta"]["DataModel"], message["Meta"]["EventType"])
            if known is None:
                raise LookupError(message["Meta"]["EventType"])
            self._people += known.event_type == "NewPatient"
            yield Row(number, orjson.dumps(message), message, known, self._wanted.read(message, known))

    @property
    def done(self) -> float:
        """Return the share of the people whose first message was given, from 0 to 1."""
        return self._people / self._population.patients

    def heading(self) -> str:
        """Return an empty text, because a file of events has no header."""
        return ""

    def rejected(self, row: Rejected) -> str:
        """Return the text of the message unchanged."""
        return row.text
