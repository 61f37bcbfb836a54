"""Reversed merges: whether a merge ends a living record in the record that ended in it before."""

from __future__ import annotations

from ingest.fold.comparing import Rules
from ingest.fold.events import Event, Pair
from ingest.fold.person import EndedRecord, Person


def ended_ids(person: Person, rules: Rules) -> set[Pair]:
    """Return the identifiers of a person that ended, each under the one name of its type."""
    return {rules.alike(pair) for pair, is_ended in person.state.pairs.items() if is_ended}


def current_ids(person: Person, rules: Rules) -> set[Pair]:
    """Return the identifiers of a person that have not ended, each under the one name of its type."""
    return {rules.alike(pair) for pair, is_ended in person.state.pairs.items() if not is_ended}


def named_again(survivor: Person, event: Event, rules: Rules) -> EndedRecord | None:
    """Return the ended record that an event names, of several the newest; None if there is none."""
    ended = ended_ids(survivor, rules)
    named = [pair for pair in event.identifying if pair in ended]
    return next(
        (past for past in reversed(survivor.ended) if not current_ids(past.person, rules).isdisjoint(named)), None
    )


def is_opposite(survivor: Person, past: EndedRecord | None, event: Event, rules: Rules) -> bool:
    """Whether a merge reverses an earlier one: it keeps ended identifiers and ends current ones of one person.

    The strongest of its identifiers decide. Those that came with the ended record `past` are current for both.
    """
    ended, current = ended_ids(survivor, rules), current_ids(survivor, rules)
    own = current_ids(past.person, rules) if past else set[Pair]()
    telling = [pair for pair in event.identifying if pair in ended or pair in current - own]
    strongest = min((rules.rank(pair[0]) for pair in telling), default=0)
    decisive = {pair for pair in telling if rules.rank(pair[0]) == strongest}
    return bool(decisive) and decisive <= ended and not current.isdisjoint(event.previous)
