"""Steps: the events of one visit number, each with the effects of later events on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from ingest.fold.events import Event, Json


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a thread. `superseded`: the event rescheduled this booking to another number, so that it ends."""

    event: Event
    is_of_nobody: bool = False
    """Whether the visit had no person when the event came: what the event says of a person stays with the visit."""
    superseded: bool = False
    undid: bool = False
    """Whether the step is a Cancel that found a step to take back."""
    unsaid: frozenset[str] = frozenset()
    """The leaves of the visit that a Cancel took back."""

    @property
    def visit(self) -> Json:
        """The Visit block of the step, without the leaves that a Cancel took back."""
        if not self.unsaid:
            return self.event.visit
        return {name: value for name, value in self.event.visit.items() if name not in self.unsaid}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the fold of a visit needs beside its steps: the tenant's zone, and where issues go."""

    zone: tzinfo
    note: Callable[[Event, str], None] = lambda _event, _code: None
    """Takes an event and the code of its issue; by default it does nothing."""
