"""Worn identifiers: those that so many people have that they connect nobody any more, such as a default value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from ingest.fold.comparing import Rules
from ingest.fold.events import Event, Pair
from ingest.fold.person import HistoryNeededError, Person
from mappings.redox.identifier_types import UNKNOWN

MOST_BESIDE = 50
"""A pair is worn from the event on that says, beside it, one more different ID of one stronger ranked type."""


class Worn:
    """The worn pairs of connected events: known from the store, or counted."""

    def __init__(self, rules: Rules, known: Mapping[Pair, str], *, is_stored: bool) -> None:
        """`known`: pairs with the order from which they are worn; events that came earlier are not among these."""
        self._rules = rules
        self._known = known
        self._is_stored = is_stored
        self._beside: dict[Pair, dict[str, set[str]]] = {}
        self.places: dict[Pair, str] = {}
        """The pairs that became worn by these events, each with the order of the event from which it is worn."""

    def observe(self, event: Event) -> None:
        """Count the IDs of ranked types that an event says beside each weaker pair."""
        if self._is_stored or len(event.ids) < 2:
            return
        # More IDs of a type than wear a pair out need not be counted one by one.
        ranked = {name: set(islice(ids, MOST_BESIDE + 1)) for name, ids in event.ids.items()}
        for pair in event.identifying:
            rank = min(self._rules.rank(pair[0]), UNKNOWN)
            for name in (name for name in ranked if self._rules.rank(name) < rank):
                self._count(pair, name, ranked[name], event.order)

    def _count(self, pair: Pair, stronger: str, ids: set[str], order: str) -> None:
        if pair in self._known or pair in self.places:
            return
        said = self._beside.setdefault(pair, {}).setdefault(stronger, set())
        said |= ids
        if len(said) > MOST_BESIDE:
            self.places[pair] = order

    def is_worn(self, pair: Pair, event: Event, holders: Mapping[str, Person] | None = None) -> bool:
        """Whether a pair connects nobody at the place of an event.

        `holders`: the people who have the pair, as far as they are loaded. Raises HistoryNeededError if only the
        history of the pair can tell.
        """
        if pair in self.places:
            return event.order >= self.places[pair]
        if pair in self._known:
            if event.order < self._known[pair]:
                raise HistoryNeededError
            return True
        if self._is_stored and holders and self._may_be_worn(pair, holders.values()):
            raise HistoryNeededError
        return False

    def _may_be_worn(self, pair: Pair, holders: Iterable[Person]) -> bool:
        """Whether the holders of a pair have so many IDs of one stronger type that it may be worn."""
        people = list(holders)
        if sum(len(person.state.pairs) for person in people) <= MOST_BESIDE:
            return False
        rank = self._rules.rank(pair[0])
        known = self._rules.by_type(chain.from_iterable(person.state.pairs for person in people))
        return any(len(ids) > MOST_BESIDE for name, ids in known.items() if self._rules.rank(name) < min(rank, UNKNOWN))
