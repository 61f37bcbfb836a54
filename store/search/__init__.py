"""FHIR search parameters: from a resource to the values that searches compare, and the indexes over them.

The store keeps every text that a search compares as a keyed hash, so that no index and no slow-query log shows a value.

A FHIR type is stored if it has a module of rows here and a line in `TYPES`. All other tables derive from `TYPES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo

from pymongo import IndexModel

from store.search.allergy_intolerance import ALLERGY_INTOLERANCE
from store.search.appointment import APPOINTMENT
from store.search.diagnostic_report import DIAGNOSTIC_REPORT
from store.search.document_reference import DOCUMENT_REFERENCE
from store.search.encounter import ENCOUNTER
from store.search.observation import OBSERVATION
from store.search.paths import Json
from store.search.patient import PATIENT, SSN
from store.search.search_type import SearchType
from store.search.tokens import Key, birth_token, code_token, comparable, identifier_token, listed, text_token

__all__ = [
    "INDEXES",
    "SSN",
    "TYPES",
    "Key",
    "SearchType",
    "birth_token",
    "code_token",
    "comparable",
    "identifier_token",
    "listed",
    "parameters",
    "text_token",
]

TYPES: Mapping[str, SearchType] = {
    each.type: each
    for each in (
        PATIENT,
        ENCOUNTER,
        APPOINTMENT,
        ALLERGY_INTOLERANCE,
        DOCUMENT_REFERENCE,
        DIAGNOSTIC_REPORT,
        OBSERVATION,
    )
}
"""The FHIR types that are stored, each in a collection of its name."""

INDEXES: dict[str, list[IndexModel]] = {name: each.models() for name, each in TYPES.items()}
"""The indexes of each collection, by its name."""


def parameters(resource: Json, key: Key, zone: tzinfo = UTC) -> Json:
    """Return the search parameters for which a resource has a value, by name; a date without a time begins in `zone`.

    Raises KeyError if the type of the resource is not stored.
    """
    return TYPES[resource["resourceType"]].parameters(resource, key, zone)
