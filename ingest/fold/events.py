"""An event as the fold sees it: what was said, of whom, of which visit, and where it stands among the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Json = dict[str, Any]
Pair = tuple[str, str]
"""An identifier as (IDType, ID); both compare with case."""

VISIT_EVENTS = frozenset(
    {"Arrival", "Cancel", "Discharge", "PreAdmit", "Registration", "Transfer", "VisitUpdate"},
)
PERSON_ONLY = frozenset({"NewPatient", "PatientUpdate", "PatientMerge", "VisitMerge"})
"""Events that speak of people, or of whose a visit is; undoing one of them touches no visit."""

_NOT_OF_A_PERSON = re.compile(
    r"ssn|ss|socialsecurity(number)?|socialsecuritynum"
    r"|an|acct|account(number|id|no)?|patientaccount(number)?|vn|visit(number|id|no)?|encounter(number|id)?|csn"
    r"|mb|member(number|id|no)?|subscriber(number|id)?|policynumber",
)
"""IDTypes, letters only and in lower case, whose IDs families share or a visit carries: they identify no person."""


@lru_cache(maxsize=4096)
def identifies(id_type: str, named: frozenset[str]) -> bool:
    """Whether IDs of this type tell people apart: those a tenant named, or else all but SSN, account, visit, member."""
    if named:
        return id_type in named
    return not _NOT_OF_A_PERSON.fullmatch(re.sub(r"[^a-z]", "", id_type.lower()))


@dataclass(frozen=True, slots=True)
class Event:
    """One journalled event, understood."""

    id: str
    """Its place in the journal."""
    data_model: str
    event_type: str
    order: str
    """Sorts as events do; see `ingest.ordering`."""
    effective: str
    """UTC text of the moment it speaks of."""
    received: str
    """UTC text of its receipt, decided once."""
    message: Json
    """As `mappings.reading.read` gives it: nothing empty, times normalised."""
    pairs: tuple[Pair, ...] = ()
    """All identifiers, in the order said."""
    identifying: tuple[Pair, ...] = ()
    """Those that tell people apart."""
    previous: tuple[Pair, ...] = ()
    """Identifying pairs of Patient.PreviousIdentifiers that are not among `pairs`."""
    number: str | None = None
    """Visit.VisitNumber."""
    clears: bool = True
    """Whether it may clear something: where it cannot, its words are taken as they are."""

    @property
    def patient(self) -> Json:
        """What it says of the person."""
        said: Json = self.message.get("Patient", {})
        return said

    @property
    def visit(self) -> Json:
        """What it says of the visit."""
        said: Json = self.message.get("Visit", {})
        return said

    @property
    def is_of_a_visit(self) -> bool:
        """Whether it makes or changes a visit."""
        return self.data_model == "Scheduling" or self.event_type in VISIT_EVENTS

    @property
    def is_loose(self) -> bool:
        """Whether it reaches visits by their number alone, across people."""
        return self.event_type == "VisitMerge" or (
            self.data_model == "PatientAdmin" and self.number is not None and not self.identifying
        )

    @property
    def canceled_event(self) -> str | None:
        """The event that a Cancel takes back."""
        said: str | None = self.message.get("Meta", {}).get("CanceledEvent")
        return said


def pairs_of(identifiers: Iterable[Json]) -> tuple[Pair, ...]:
    """The identifiers that say both type and ID, once each, in their order."""
    return tuple(dict.fromkeys((i["IDType"], i["ID"]) for i in identifiers if "IDType" in i and "ID" in i))


@dataclass(slots=True)
class Findings:
    """What the fold found wrong with events: issue codes by event id."""

    of: dict[str, list[str]] = field(default_factory=dict)

    def note(self, event: Event, code: str) -> None:
        """Remember one issue of an event, once."""
        codes = self.of.setdefault(event.id, [])
        if code not in codes:
            codes.append(code)
