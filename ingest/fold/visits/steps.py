"""Steps: the events of one visit number, each with what later ones did to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from ingest.fold.events import Event, Json


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a thread. `superseded`: the booking ends, because it was rescheduled to another number."""

    event: Event
    superseded: bool = False
    undid: bool = False
    """A Cancel that found what it takes back."""
    unsaid: frozenset[str] = frozenset()
    """Leaves of the visit that a Cancel took back."""

    @property
    def visit(self) -> Json:
        """What the step says of the visit."""
        if not self.unsaid:
            return self.event.visit
        return {name: value for name, value in self.event.visit.items() if name not in self.unsaid}


@dataclass(frozen=True, slots=True)
class Setting:
    """What folding a visit needs besides its steps."""

    zone: tzinfo
    note: Callable[[Event, str], None] = lambda _event, _code: None
    """Takes an event and the code of its issue; by default it does nothing."""
