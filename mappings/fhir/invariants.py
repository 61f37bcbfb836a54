"""The rules of FHIR 4.0.1 beyond types and cardinalities: invariants by name, and required bindings of concepts.

The module has the rules of the types that the tables write. An invariant is a predicate over an element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mappings.fhir.periods import is_in_order

Json = dict[str, Any]
Keeps = Callable[[Json], bool]

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_UCUM = "http://unitsofmeasure.org"


def _has(element: Json, *names: str) -> bool:
    """Whether an element has one of these members, with a value or with an extension alone."""
    return any(name in element or f"_{name}" in element for name in names)


def _codes(element: Json, name: str) -> set[Any]:
    return {coding.get("code") for coding in element.get(name, {}).get("coding", ())}


def _is_in_error(resource: Json) -> bool:
    return "entered-in-error" in _codes(resource, "verificationStatus")


def _has_value(extension: Json) -> bool:
    return any(name.lstrip("_").startswith("value") for name in extension)


def _is_problem(condition: Json) -> bool:
    return any("problem-list-item" in _codes({"category": one}, "category") for one in condition.get("category", ()))


def _ends_an_abatement(condition: Json) -> bool:
    return bool(_codes(condition, "clinicalStatus") & {"resolved", "remission", "inactive"})


def _uses(organization: Json, name: str) -> set[Any]:
    return {one.get("use") for one in organization.get(name, ())}


def _codings(concept: Json) -> set[tuple[Any, Any]]:
    return {(coding.get("system"), coding.get("code")) for coding in concept.get("coding", ())}


def _repeats_its_code(observation: Json) -> bool:
    own = _codings(observation.get("code", {}))
    return any(own & _codings(component.get("code", {})) for component in observation.get("component", ()))


def _is_ascending(span: Json) -> bool:
    """Whether a Range is not sure to have its high value below its low one."""
    low, high = (span.get(name, {}).get("value") for name in ("low", "high"))
    return not isinstance(low, int | float) or not isinstance(high, int | float) or low <= high


INVARIANTS: Mapping[str, Mapping[str, Keeps]] = {
    "Extension": {"ext-1": lambda it: ("extension" in it) != _has_value(it)},
    "Period": {"per-1": lambda it: "start" not in it or "end" not in it or is_in_order(it["start"], it["end"])},
    "ContactPoint": {"cpt-2": lambda it: not _has(it, "value") or _has(it, "system")},
    "PatientContact": {"pat-1": lambda it: _has(it, "name", "telecom", "address", "organization")},
    "Organization": {
        "org-1": lambda it: _has(it, "identifier", "name"),
        "org-2": lambda it: "home" not in _uses(it, "address"),
        "org-3": lambda it: "home" not in _uses(it, "telecom"),
    },
    "AllergyIntolerance": {
        "ait-1": lambda it: _is_in_error(it) or _has(it, "clinicalStatus"),
        "ait-2": lambda it: not _is_in_error(it) or not _has(it, "clinicalStatus"),
    },
    "Condition": {
        "con-3": lambda it: _has(it, "clinicalStatus") or _is_in_error(it) or not _is_problem(it),
        "con-4": lambda it: not any(name.startswith("abatement") for name in it) or _ends_an_abatement(it),
        "con-5": lambda it: not _is_in_error(it) or not _has(it, "clinicalStatus"),
    },
    "Appointment": {
        "app-2": lambda it: _has(it, "start") == _has(it, "end"),
        "app-3": lambda it: (
            (_has(it, "start") and _has(it, "end")) or it.get("status") in {"proposed", "cancelled", "waitlist"}
        ),
        "app-4": lambda it: not _has(it, "cancelationReason") or it.get("status") in {"no-show", "cancelled"},
    },
    "AppointmentParticipant": {"app-1": lambda it: _has(it, "type", "actor")},
    "Duration": {"drt-1": lambda it: not _has(it, "code") or (it.get("system") == _UCUM and _has(it, "value"))},
    "Observation": {
        "obs-6": lambda it: not _has(it, "dataAbsentReason") or not _has_value(it),
        "obs-7": lambda it: not _has_value(it) or not _repeats_its_code(it),
    },
    "ObservationReferenceRange": {"obs-3": lambda it: _has(it, "low", "high", "text")},
    "ServiceRequest": {"prr-1": lambda it: not _has(it, "orderDetail") or _has(it, "code")},
    "Attachment": {"att-1": lambda it: not _has(it, "data") or _has(it, "contentType")},
    "Range": {"rng-2": _is_ascending},
    "Ratio": {
        "rat-1": lambda it: _has(it, "numerator") == _has(it, "denominator") and _has(it, "numerator", "extension")
    },
    "Quantity": {"qty-3": lambda it: not _has(it, "code") or _has(it, "system")},
}

CONCEPTS: Mapping[tuple[str, str], tuple[str, frozenset[str]]] = {
    ("AllergyIntolerance", "clinicalStatus"): (
        f"{_TERMINOLOGY}allergyintolerance-clinical",
        frozenset({"active", "inactive", "resolved"}),
    ),
    ("AllergyIntolerance", "verificationStatus"): (
        f"{_TERMINOLOGY}allergyintolerance-verification",
        frozenset({"unconfirmed", "confirmed", "refuted", "entered-in-error"}),
    ),
    ("Condition", "clinicalStatus"): (
        f"{_TERMINOLOGY}condition-clinical",
        frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"}),
    ),
    ("Condition", "verificationStatus"): (
        f"{_TERMINOLOGY}condition-ver-status",
        frozenset({"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"}),
    ),
}
"""Members whose concept must have a coding of a value set: the system and the codes of the set."""


def is_bound(type_name: str, name: str, concept: Json) -> bool:
    """Whether a concept keeps its required binding; true if the member has no such binding."""
    bound = CONCEPTS.get((type_name, name))
    codings = concept.get("coding", ())
    return bound is None or any(it.get("system") == bound[0] and it.get("code") in bound[1] for it in codings)


def broken_invariants(type_name: str, element: Json) -> Iterator[str]:
    """Give the names of the invariants that an element of a type breaks."""
    return (name for name, keeps in INVARIANTS.get(type_name, {}).items() if not keeps(element))
