"""Keys: hashes of what events name. Records find their events by them."""

from __future__ import annotations

from collections.abc import Callable

from ingest.fold.events import Event, Pair
from mappings.fhir.systems import ACCOUNT_NUMBER, VISIT_NUMBER, identifier_system
from store.partition import Partition
from store.search import identifier_token

PERSON_KEY, VISIT_KEY = "i:", "v:"


def keys_of(event: Event, partition: Partition) -> list[str]:
    """What an event names: its identifiers and visit numbers, hashed."""
    people = [PERSON_KEY + pair_token(pair, partition.key) for pair in (*event.identifying, *event.previous)]
    return people + [VISIT_KEY + number_token(number, partition.key) for number in numbers(event)]


def numbers(event: Event) -> list[str]:
    """The visit numbers an event names."""
    if not event.is_of_a_visit and event.event_type != "VisitMerge":
        return []
    said = (event.number, event.visit.get("OldVisitNumber"))
    return list(dict.fromkeys(number for number in said if number is not None))


def pair_token(pair: Pair, key: Callable[..., str]) -> str:
    """The search token of an identifier."""
    return identifier_token(identifier_system(pair[0]), pair[1], key)


def number_token(number: str, key: Callable[..., str]) -> str:
    """The search token of a visit number."""
    return identifier_token(VISIT_NUMBER, number, key)


def account_token(number: str, key: Callable[..., str]) -> str:
    """The search token of an account number."""
    return identifier_token(ACCOUNT_NUMBER, number, key)
