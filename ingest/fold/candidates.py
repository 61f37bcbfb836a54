"""Candidates: the people whom the identifiers of an event may mean, and whether they are one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ingest.fold.comparing import Relation, Rules, can_be_one, compare, is_ranked
from ingest.fold.events import IdsByType
from ingest.fold.person import Person
from mappings.redox.identifier_types import UNKNOWN

TOO_MANY_OF_A_TYPE = 20
"""An event without a ranked identifier gives no person more IDs of one type than this."""

Known = tuple[Person, IdsByType]
"""A person, and the person's identifiers as people are compared by them."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The people whom a set of identifiers may mean."""

    people: tuple[Person, ...] = ()
    are_one: bool = True
    """Whether they are one person, so that their records are joined."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of these people."""
        return frozenset(person.id for person in self.people)


def candidates(said: IdsByType, sharing: Iterable[Known], rules: Rules) -> Candidates:
    """Return whom a set of identifiers means, of the people who share one: by ranked types first, then by unknown ones.

    People found by unknown types join those found by ranked types only if they contradict neither these nor each other.
    """
    related = [(known, compare(said, known[1], rules).relation) for known in sharing]
    ranked = [known for known, relation in related if relation is Relation.ONE]
    unknown = [known for known, relation in related if relation is Relation.CONNECTED]
    if ranked:
        are_one = _are_one(ranked, said, rules)
        return _of([*ranked, *_agreeing(unknown, ranked, rules)] if are_one else ranked, are_one=are_one)
    if _are_one(unknown, said, rules):
        return _of(unknown)
    # The sender knows this person by a number for persons; what several others share beside it says nothing.
    return Candidates() if is_ranked(said, rules) else _of(unknown, are_one=False)


def strongest(said: IdsByType, known: Sequence[Known], rules: Rules) -> Candidates:
    """Return the one of several people who has an ID of the strongest type in common with a set of identifiers.

    If two people have, nobody is meant: the candidates are all people, and not one.
    """
    if not known:
        return Candidates()
    ranks = [_rank_in_common(said, ids, rules) for _, ids in known]
    best = [each for each, rank in zip(known, ranks, strict=True) if rank == min(ranks)]
    return _of(best) if len(best) == 1 else _of(known, are_one=False)


def _rank_in_common(said: IdsByType, ids: IdsByType, rules: Rules) -> int:
    return min((rules.rank(name) for name in said if said[name] & ids.get(name, set())), default=UNKNOWN)


def _of(known: Iterable[Known], *, are_one: bool = True) -> Candidates:
    return Candidates(tuple(person for person, _ in known), are_one)


def _are_one(known: Sequence[Known], said: IdsByType, rules: Rules) -> bool:
    return all(can_be_one(one, other, said, rules) for (_, one), (_, other) in combinations(known, 2))


def _agreeing(unknown: list[Known], ranked: list[Known], rules: Rules) -> list[Known]:
    """Return the people found by unknown types who contradict neither those found by ranked types nor each other."""
    return [
        known
        for known in unknown
        if not any(_contradict(known, other, rules) for other in (*ranked, *unknown) if other is not known)
    ]


def _contradict(one: Known, other: Known, rules: Rules) -> bool:
    return compare(one[1], other[1], rules).relation is Relation.CONTRADICT


def gives_too_many(said: IdsByType, known: Sequence[IdsByType], rules: Rules) -> bool:
    """Whether identifiers without a ranked type would give a person very many IDs of one type.

    `known`: the identifiers of the people who would become this person.
    """
    if is_ranked(said, rules):
        return False
    for name in {name for ids in (said, *known) for name in ids}:
        counts = [len(ids.get(name, ())) for ids in known]
        together = set[str]().union(*(ids.get(name, set()) for ids in (said, *known)))
        if len(together) > max(TOO_MANY_OF_A_TYPE, *counts, 0):
            return True
    return False
