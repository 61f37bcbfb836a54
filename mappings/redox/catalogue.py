"""The catalogue: every event of the Redox Data Model API, and every path of the events that are mapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import BaseModel

from mappings.redox import notes, patient_admin, patient_search, results, scheduling
from mappings.redox.leaves import LeafType, Member, Reliability, members
from mappings.redox.understood import understood
from mappings.redox.value_sets import ValueSet

EventKind = Literal["push", "question", "response"]


@dataclass(frozen=True)
class Event:
    """One event of one data model; without a model the event is not mapped."""

    data_model: str
    event_type: str
    kind: EventKind
    model: type[BaseModel] | None = None
    """The members that Redox's schema has."""
    understood: type[BaseModel] | None = None
    """The model with what else is understood; see `mappings.redox.understood`."""


@dataclass(frozen=True)
class Leaf:
    """One path of a model with its type and traits; a path that holds other paths has the type Object."""

    path: str
    type: LeafType | Literal["Object"]
    required: bool
    reliability: Reliability | None
    value_set: ValueSet | None
    unsupported_by_dod: bool
    is_beyond: bool = False
    """Whether Redox's schema of the event does not have the path, which is understood all the same."""

    @property
    def is_container(self) -> bool:
        """Whether the path holds other paths and no value of its own."""
        return self.type == "Object"


_PUSHES: dict[str, str] = {
    "Claim": "SubmissionBatch PaymentBatch Submission Payment",
    "Clinical Summary": "PatientPush VisitPush",
    "Device": "New",
    "Financial": "Transaction AccountUpdate",
    "Flowsheet": "New",
    "Insurance": "New Update",
    "Inventory": "Update Deplete",
    "Media": "New Replace Delete",
    "Medications": "New Update Cancel Administration",
    "Notes": "New Replace Delete",
    "Order": "New Update Cancel GroupedOrders",
    "Organization": "New Update",
    "PatientAdmin": (
        "Arrival Cancel Discharge NewPatient PatientUpdate PatientMerge PreAdmit Registration Transfer"
        " VisitMerge VisitUpdate"
    ),
    "PatientEducation": "New Update Delete",
    "Provider": "New Update Activate Deactivate",
    "Referral": "New Modify Cancel AuthReview AuthResponse",
    "Research": "Study SubjectUpdate",
    "Results": "New NewUnsolicited",
    "Scheduling": "New Reschedule Modification Cancel NoShow PushSlots",
    "SurgicalScheduling": "New Reschedule Modification Cancel NoShow",
    "Vaccination": "New Administration",
}

_QUESTIONS: dict[str, dict[str, str | None]] = {
    "Clinical Decisions": {"Request": "Response"},
    "Clinical Summary": {
        "PatientQuery": "PatientQueryResponse",
        "VisitQuery": "VisitQueryResponse",
        "DocumentQuery": "DocumentQueryResponse",
        "DocumentGet": "DocumentGetResponse",
    },
    "Enrichment": {
        "NaturalLanguageProcessingQuery": "NaturalLanguageProcessingQueryResponse",
        "NormalizationQuery": "NormalizationQueryResponse",
        "ProvidersDetailsGet": "ProvidersDetailsResponse",
    },
    "Media": {"Query": "QueryResponse"},
    "Notes": {"Query": "QueryResponse"},
    "Order": {"Query": "QueryResponse"},
    "Organization": {"Query": "QueryResponse"},
    "PatientAdmin": {"CensusQuery": "CensusQueryResponse", "VisitQuery": "VisitQueryResponse"},
    "PatientSearch": {"Query": "Response", "LocationQuery": "LocationQueryResponse"},
    "Provider": {"ProviderQuery": "ProviderQueryResponse"},
    "Referral": {"Query": "QueryResponse"},
    "Results": {"Query": "QueryResponse"},
    "SSO": {"Sign-on": None},
    "Scheduling": {"AvailableSlots": "AvailableSlotsResponse", "Booked": "BookedResponse"},
    "Vaccination": {"PatientQuery": "PatientQueryResponse"},
}

_MODELS = {
    "Notes": notes,
    "PatientAdmin": patient_admin,
    "PatientSearch": patient_search,
    "Results": results,
    "Scheduling": scheduling,
}


def _events() -> Iterator[Event]:
    for data_model, event_types in _PUSHES.items():
        yield from (_event(data_model, event_type, "push") for event_type in event_types.split())
    for data_model, pairs in _QUESTIONS.items():
        for question, answer in pairs.items():
            yield _event(data_model, question, "question")
            if answer:
                yield _event(data_model, answer, "response")


def _event(data_model: str, event_type: str, kind: EventKind) -> Event:
    model = _model(data_model, event_type)
    return Event(data_model, event_type, kind, model, _UNDERSTOOD.get(model, model) if model else None)


def _model(data_model: str, event_type: str) -> type[BaseModel] | None:
    return getattr(_MODELS.get(data_model), event_type, None)


_UNDERSTOOD = understood(
    {
        data_model: [model for each in event_types.split() if (model := _model(data_model, each))]
        for data_model, event_types in _PUSHES.items()
    }
)

EVENTS: tuple[Event, ...] = tuple(sorted(_events(), key=lambda event: (event.data_model, event.event_type)))
"""Every event, sorted by data model and event type."""

_BY_NAME = {(event.data_model.replace(" ", ""), event.event_type): event for event in EVENTS}


def event(data_model: str, event_type: str) -> Event | None:
    """Return an event by its names, with or without the blank in "Clinical Summary"; None if there is no such event."""
    return _BY_NAME.get((data_model.replace(" ", ""), event_type))


_Within = Reliability | Mapping[str, Reliability] | None


@cache
def leaves(model: type[BaseModel]) -> tuple[Leaf, ...]:
    """Return every path of a model (`Patient.Contacts[].Address.City`); a path that holds others comes before them."""
    return tuple(_leaves(model, "", None))


def _leaves(model: type[BaseModel], above: str, within: _Within, *, is_beyond: bool = False) -> Iterator[Leaf]:
    for member in members(model):
        path = f"{above}{member.name}{'[]' if member.many else ''}"
        leaf = _leaf(member, path, within, is_beyond=is_beyond or member.traits.is_beyond)
        yield leaf
        if member.block:
            inside = within if isinstance(within, str) else member.traits.within
            yield from _leaves(member.block, f"{path}.", inside, is_beyond=leaf.is_beyond)


def _leaf(member: Member, path: str, within: _Within, *, is_beyond: bool) -> Leaf:
    traits = member.traits
    reliability = _here(member.name, traits.reliability, within)
    if member.kind:
        kind = member.kind
        words = kind.value_set
        return Leaf(path, kind.type, traits.required, reliability, words, traits.unsupported_by_dod, is_beyond)
    return Leaf(path, "Object", traits.required, reliability, None, traits.unsupported_by_dod, is_beyond)


def _here(name: str, own: Reliability | None, within: _Within) -> Reliability | None:
    if own is None or within is None:
        return own
    return within if isinstance(within, str) else within.get(name, own)
