"""Steps: the events of one visit number, each with what later ones did to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from ingest.fold.events import Event, Json

DISCHARGE_LEAVES = ("DischargeDateTime", "DischargeStatus", "DischargeLocation")


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a thread. `superseded`: the visit was rescheduled to another number."""

    event: Event
    superseded: bool = False
    undid: bool = False
    """A Cancel that found what it takes back."""
    stripped: bool = False
    """Its discharge leaves were taken back."""

    @property
    def visit(self) -> Json:
        """What it says of the visit."""
        if not self.stripped:
            return self.event.visit
        return {name: value for name, value in self.event.visit.items() if name not in DISCHARGE_LEAVES}


@dataclass(frozen=True, slots=True)
class Setting:
    """What folding a visit needs besides its steps."""

    zone: tzinfo
    note: Callable[[Event, str], None] = lambda _event, _code: None
    """Told of an event's issue; by default nobody is."""


def kind(canceled: str) -> str:
    """The event type that a CanceledEvent names, whatever its case."""
    named = {"".join(canceled.lower().split())}
    return next((kind for kind in KINDS if kind.lower() in named), canceled)


KINDS = ("PreAdmit", "Registration", "Arrival", "Transfer", "Discharge", "VisitUpdate")
