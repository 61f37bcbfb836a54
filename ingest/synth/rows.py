"""A population as rows that a backfill loads: as if its messages had been read from a file of events."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ingest.backfill.rows import Rejected, Row, Wanted
from ingest.synth.lives import Population
from mappings.redox.catalogue import event


class Lives:
    """The messages of a population; nothing of them is ever rejected."""

    def __init__(self, population: Population, wanted: Wanted) -> None:
        self.notes = ()
        self._population = population
        self._wanted = wanted
        self._people = 0

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Its messages."""
        for number, message in enumerate(self._population.messages(), 1):
            known = event(message["Meta"]["DataModel"], message["Meta"]["EventType"])
            if known is None:
                raise LookupError(message["Meta"]["EventType"])
            self._people += known.event_type == "NewPatient"
            yield Row(number, orjson.dumps(message), message, known, self._wanted.read(message, known))

    @property
    def done(self) -> float:
        """Which part of the people was begun with."""
        return self._people / self._population.patients

    def heading(self) -> str:
        """Nothing."""
        return ""

    def rejected(self, row: Rejected) -> str:
        """The message as it stands."""
        return row.text
