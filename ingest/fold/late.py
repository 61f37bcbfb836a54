"""Late events of a person from the store: whether an event is of the person beyond doubt, without the history.

The sets of identifiers that the person's events said are enough to know it. Put in their order, the event's own among
them, each must be one with all before it, by an identifier, and differ from them in nothing. Then the person grew as
one, whatever the order in which the events came.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingest.fold.candidates import gives_too_many
from ingest.fold.comparing import Relation, Rules, compare, differs_in_weaker
from ingest.fold.events import Event, IdsByType
from ingest.fold.person import Person
from mappings.notation import EXTENSIONS


def is_certain(person: Person, event: Event, rules: Rules) -> bool:
    """Whether a late event is of a person who alone has these identifiers, and changes no other event's person.

    An event before a merge of the person needs the history, and so does one of a person whose identifiers have
    Extensions. After a merge the person has the identifiers of both, as if one event had said them.
    """
    state = person.state
    is_simple = event.order > state.last_merge and not (state.extensions or _has_extensions(event))
    return state.words.newest is not None and is_simple and _grows_as_one(person, event, rules)


def _has_extensions(event: Event) -> bool:
    return any(EXTENSIONS in identifier for identifier in event.patient.get("Identifiers", ()))


def _grows_as_one(person: Person, event: Event, rules: Rules) -> bool:
    said = [(order, rules.by_type(pairs)) for order, pairs in person.state.sets]
    # Without the event, too: the visits of people who were joined remember when, and now may never have been apart.
    others = _one_of((ids for _, ids in said), rules)
    in_place = sorted([*said, (event.order, event.ids)], key=lambda each: each[0])
    if others is None or _one_of((ids for _, ids in in_place), rules) is None:
        return False
    return _follows(event.ids, others, rules)


def _one_of(sets: Iterable[IdsByType], rules: Rules) -> IdsByType | None:
    """Return the identifiers of sets of which each is one with all before it; None if one is not."""
    known: dict[str, set[str]] = {}
    for ids in sets:
        if not _follows(ids, known, rules):
            return None
        _add(ids, known)
    return known


def _follows(said: IdsByType, known: IdsByType, rules: Rules) -> bool:
    """Whether an event with these identifiers is of a person with those known, and of nobody else; the first is."""
    if gives_too_many(said, [known] if known else [], rules):
        return False
    if not known:
        return True
    is_one = compare(said, known, rules).relation in (Relation.ONE, Relation.CONNECTED)
    return is_one and not differs_in_weaker(said, known, rules)


def _add(ids: IdsByType, known: dict[str, set[str]]) -> None:
    for name, values in ids.items():
        known.setdefault(name, set()).update(values)
