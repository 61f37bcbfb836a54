"""Comparing sets of identifiers: whether two sets are of one person, and which people can be one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from ingest.fold.events import Event, IdsByType, Json, Pair, by_type, pairs_of
from mappings.redox.identifier_types import UNKNOWN, type_of
from mappings.redox.no_identifier import names_nobody


@lru_cache(maxsize=20_000)
def identity_of(pair: Pair, listed: tuple[str, ...] = (), no_identifier: tuple[str, ...] = ()) -> Pair | None:
    """Return a pair as people are compared by it: under the one name of its type; None if it identifies nobody."""
    found = type_of(pair[0], listed)
    return (found.name, pair[1]) if found.identifies and not names_nobody(pair[1], no_identifier) else None


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a tenant about people and times."""

    zone: tzinfo
    identifying_types: tuple[str, ...] = ()
    """The types that identify people, strongest first; if there are none, the names of types decide."""
    no_identifier: tuple[str, ...] = ()
    """The tenant's own words for none."""

    def identity_of(self, pair: Pair) -> Pair | None:
        """Return a pair as people are compared by it; None if it identifies nobody."""
        return identity_of(pair, self.identifying_types, self.no_identifier)

    def identities(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Return the pairs that tell people apart, each under the one name of its type, and each once."""
        return tuple(dict.fromkeys(named for pair in pairs if (named := self.identity_of(pair)) is not None))

    def alike(self, pair: Pair) -> Pair:
        """Return what is equal for two spellings of one identifier, also of one that identifies nobody."""
        return self.identity_of(pair) or pair

    def rank(self, type_name: str) -> int:
        """Return the rank of a type that identifies people: 1 for the strongest, UNKNOWN after all ranked ones."""
        return type_of(type_name, self.identifying_types).rank

    def by_type(self, pairs: Iterable[Pair]) -> IdsByType:
        """Return the IDs of the pairs that identify people, by type."""
        return by_type(self.identities(pairs))


class Identifiers(NamedTuple):
    """The identifiers of an event, as the members of `Event` of the same names."""

    pairs: tuple[Pair, ...]
    identifying: tuple[Pair, ...]
    ending: tuple[Pair, ...]
    previous: tuple[Pair, ...]
    others: tuple[Pair, ...]


def without_identifiers(event: Event, pairs: Collection[Pair], rules: Rules) -> Event:
    """Return an event without some identifiers of its owner, under whatever spelling of their type."""
    return replace(
        event,
        pairs=tuple(pair for pair in event.pairs if rules.alike(pair) not in pairs),
        identifying=tuple(pair for pair in event.identifying if pair not in pairs),
    )


def identifiers_in(patient: Json, rules: Rules) -> Identifiers:
    """Return the identifiers of an owner's block; one that is on both sides of a merge does not end."""
    pairs, before = pairs_of(patient.get("Identifiers", ())), pairs_of(patient.get("PreviousIdentifiers", ()))
    own = set(map(rules.alike, pairs)) if before else set[Pair]()
    ending = tuple(pair for pair in before if rules.alike(pair) not in own)
    named = [(pair, rules.identity_of(pair)) for pair in (*pairs, *ending)]
    others = tuple(pair for pair, identity in named if identity is None)
    identities = [identity for _, identity in named]
    identifying, previous = (
        tuple(dict.fromkeys(identity for identity in some if identity is not None))
        for some in (identities[: len(pairs)], identities[len(pairs) :])
    )
    return Identifiers(pairs, identifying, ending, previous, others)


class Relation(Enum):
    """What two sets of identifiers say of each other."""

    ONE = "one person, by an ID of a ranked type"
    CONNECTED = "one person, by IDs of unknown types"
    CONTRADICT = "two people"
    SILENT = "nothing"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The relation of two sets of identifiers, and what decided it."""

    relation: Relation
    rank: int = UNKNOWN
    """The rank of the type in which they contradict, if that is a ranked one."""
    types: frozenset[str] = frozenset()
    """The unknown types in which they contradict."""


_ONE, _CONNECTED, _SILENT = map(Comparison, (Relation.ONE, Relation.CONNECTED, Relation.SILENT))


def compare(one: IdsByType, other: IdsByType, rules: Rules) -> Comparison:
    """Return what two sets of identifiers say of each other.

    The strongest ranked type of which both have IDs decides. Without such a type, unknown types decide, unless both
    have IDs of ranked types.
    """
    common = {name: rules.rank(name) for name in one if name in other}
    rank = min(common.values(), default=UNKNOWN)
    if rank < UNKNOWN:
        strongest = (name for name, its_rank in common.items() if its_rank == rank)
        is_one = any(not one[name].isdisjoint(other[name]) for name in strongest)
        return _ONE if is_one else Comparison(Relation.CONTRADICT, rank)
    if not common or (is_ranked(one, rules) and is_ranked(other, rules)):
        return _SILENT
    differing = frozenset(name for name in common if one[name].isdisjoint(other[name]))
    return Comparison(Relation.CONTRADICT, types=differing) if differing else _CONNECTED


def is_ranked(ids: IdsByType, rules: Rules) -> bool:
    """Whether a set of identifiers has an ID of a ranked type."""
    return any(rank < UNKNOWN for rank in map(rules.rank, ids))


def can_be_one(one: IdsByType, other: IdsByType, said: IdsByType, rules: Rules) -> bool:
    """Whether two candidates of an event are one person; `said` are the event's identifiers.

    Two who contradict, or say nothing of each other, are one if the event shares with each an identifier that weighs
    as much: the sender says that they are one.
    """
    found = compare(one, other, rules)
    if found.relation in (Relation.ONE, Relation.CONNECTED):
        return True
    if found.types:
        return all(_shares(said, each, {name}) for name in found.types for each in (one, other))
    weighty = {name for name in said if rules.rank(name) < UNKNOWN and rules.rank(name) <= found.rank}
    return _shares(said, one, weighty) and _shares(said, other, weighty)


def _shares(said: IdsByType, other: IdsByType, names: Iterable[str]) -> bool:
    return any(name in said and name in other and not said[name].isdisjoint(other[name]) for name in names)


def differs_in_weaker(said: IdsByType, known: IdsByType, rules: Rules) -> bool:
    """Whether two sets that are one person's by a ranked type have no common ID in a weaker ranked type of both."""
    common = [name for name in said if name in known and rules.rank(name) < UNKNOWN]
    if len(common) < 2:  # as of nearly every event
        return False
    agreeing = [rules.rank(name) for name in common if not said[name].isdisjoint(known[name])]
    strongest = min(agreeing, default=UNKNOWN)
    return any(rules.rank(name) > strongest for name in common if said[name].isdisjoint(known[name]))
