"""Keys: hashes of the identifiers and visit numbers in events. The fold finds the events of a record by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from ingest.fold.comparing import Rules
from ingest.fold.events import Event, Pair
from ingest.fold.item_names import shared_names_of
from mappings.fhir.systems import ACCOUNT_NUMBER, VISIT_NUMBER, identifier_system
from store.entries import Part
from store.partition import Partition
from store.search import identifier_token

PERSON_KEY, VISIT_KEY, OTHER_KEY, ITEM_KEY = "i:", "v:", "o:", "n:"
"""The beginning of a key: of an identifier that tells people apart, of a visit number, of any other identifier, of the
kind and key of an item. Keys of other identifiers connect nothing. The journal has them all the same, so that it names
every identifier of an event, whichever types identify. The key of an item connects the events of that item alone."""

ACROSS_PEOPLE, OF_ITEMS = "numbers", "items"
"""The `reach` of a part. The first finds visits by number, whichever person has them. The second acts on items that may
come after it: it replaces or finally ends them. A part without a reach acts on the person whom it names."""


def rules_of(partition: Partition) -> Rules:
    """Return the settings of a tenant about people and times."""
    tenant = partition.tenant
    return _rules(tenant.time_zone, tenant.identifying_types, tenant.no_identifier)


@lru_cache(maxsize=256)
def _rules(time_zone: str, identifying_types: tuple[str, ...], no_identifier: tuple[str, ...]) -> Rules:
    return Rules(ZoneInfo(time_zone), identifying_types, no_identifier)


def keys_of(event: Event, partition: Partition) -> list[str]:
    """Return the hashed identifiers and visit numbers of an event."""
    identifying = dict.fromkeys((*event.identifying, *event.previous))
    people = [PERSON_KEY + pair_token(pair, partition.key) for pair in identifying]
    others = [OTHER_KEY + pair_token(pair, partition.key) for pair in event.others]
    visits = [VISIT_KEY + number_token(number, partition.key) for number in visit_numbers(event)]
    return [*people, *visits, *item_keys(event, partition), *others]


def item_keys(event: Event, partition: Partition) -> list[str]:
    """Return the keys of the items that an event speaks of, each once."""
    if not (event.lifecycle.items or event.lifecycle.composed):
        return []
    return list(dict.fromkeys(item_key(kind.name, key, partition) for kind, key in shared_names_of(event)))


def item_key(kind: str, key: Iterable[str], partition: Partition) -> str:
    """Return the key of an item in the journal. It does not name the person: others may have such an item, too."""
    return ITEM_KEY + partition.key(f"item {kind}", *key)


def visit_numbers(event: Event) -> list[str]:
    """Return the visit numbers that an event names."""
    if not event.lifecycle.of_visit and not event.reaches_across_people:
        return []
    return list(event.numbers)


def reach_of(event: Event) -> str:
    """Return the reach of an event beyond the person whom it names; empty for most events."""
    if event.lifecycle.is_remembered:
        return OF_ITEMS
    return ACROSS_PEOPLE if event.reaches_across_people else ""


def acts_on_others(reach: str) -> bool:
    """Whether a part acts on more than it names, so that events before it are folded from the whole history."""
    return reach == ACROSS_PEOPLE


def names_nobody(part: Part) -> bool:
    """Whether a part names no person."""
    return not any(key.startswith(PERSON_KEY) for key in part.keys)


def connecting_keys(keys: Iterable[str]) -> list[str]:
    """Return the keys that connect parts and records: of identifiers that tell people apart, and of visit numbers."""
    return [key for key in keys if not key.startswith((OTHER_KEY, ITEM_KEY))]


def pair_token(pair: Pair, key: Callable[..., str]) -> str:
    """Return the search token of an identifier."""
    return identifier_token(identifier_system(pair[0]), pair[1], key)


def worn_pairs(events: Iterable[Event], worn: Mapping[str, str], partition: Partition) -> dict[Pair, str]:
    """Return the pairs of these events whose keys are worn, each with the order from which it is worn."""
    if not worn:
        return {}
    pairs = {pair for event in events for pair in (*event.identifying, *event.previous)}
    places = {pair: worn.get(PERSON_KEY + pair_token(pair, partition.key)) for pair in pairs}
    return {pair: place for pair, place in places.items() if place is not None}


def number_token(number: str, key: Callable[..., str]) -> str:
    """Return the search token of a visit number."""
    return identifier_token(VISIT_NUMBER, number, key)


def account_token(number: str, key: Callable[..., str]) -> str:
    """Return the search token of an account number."""
    return identifier_token(ACCOUNT_NUMBER, number, key)
