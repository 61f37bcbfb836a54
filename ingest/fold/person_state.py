"""The state of a person: identifiers, and the words of events about the person. What events and merges do to it.

The state after events that come late is the state after the same events in order, as far as the events name one person:
identifiers have the order of their first mention, and words have stamps (see `ingest.fold.words`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ingest.fold import clinical, past
from ingest.fold.comparing import Rules
from ingest.fold.events import Event, Json, Pair, pairs_of
from ingest.fold.overlay import overlay
from ingest.fold.past import Said
from ingest.fold.words import Words
from mappings.kinds import PERSON
from mappings.notation import EXTENSIONS
from mappings.reading import CLEAR

Sets = tuple[tuple[str, frozenset[Pair]], ...]
"""Sets of identifiers that tell people apart, each with the order of the event that said it, sorted by that. A set is
left out if an earlier one has all of its identifiers: nothing follows from it."""


@dataclass(frozen=True, slots=True)
class PersonState:
    """The state of a person: identifiers in the order of their first mention (True: ended), and the words."""

    pairs: Mapping[Pair, bool] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    extensions: Mapping[Pair, Json] = field(default_factory=dict)
    """The Extensions of identifiers."""
    mentions: Mapping[Pair, str] = field(default_factory=dict)
    """The order of the event that mentioned each identifier first."""
    sets: Sets = ()
    """The sets of identifiers that events said."""
    events: int = 0
    """How many events said anything. Each event changes it, so that two of them cannot be written without noticing each
    other."""
    last_merge: str = ""
    """The order at which the newest merge acted on the person. What comes before that needs the history."""
    said: Said = field(default_factory=dict)
    """What was ever said of the leaves that people are looked up by."""
    has_unnumbered: bool = False
    """Whether an event of a visit named no visit number: which visit it means depends on all visits before it."""
    clinical: Words = field(default_factory=Words)
    """The words of clinical events, which count where `words` say nothing."""
    is_clinical: bool = True
    """Whether only clinical events spoke of the person so far."""

    @property
    def counted(self) -> Json:
        """The words that count of the person, as blocks of a message."""
        return clinical.combined(self.words, self.clinical)


def say(event: Event, rules: Rules) -> Callable[[PersonState], PersonState]:
    """Return the step of an event's words: it adds identifiers, and lays blocks over the older blocks.

    An identifier that ended stays ended, under whatever spelling of its type it is said again. An event that is late is
    applied as in its place, as far as identifiers, words and their orders go.
    """
    said, own = _said_of_the_person(event), extensions_of(event.patient.get("Identifiers", ()))
    identifying = frozenset(event.pairs).difference(event.others)

    def step(known: PersonState) -> PersonState:
        words, beside = known.words, known.clinical
        if event.lifecycle.is_clinical:
            beside = beside.take(said, event.order, clears=event.clears)
        else:
            words = words.take(said, event.order, clears=event.clears)
        if event.lifecycle.only_fills:
            words = words.fill(_of_the_visit(event), event.order)
        pairs, mentions = _mentioned(known, event, rules)
        return PersonState(
            pairs,
            words,
            _with_extensions(known.extensions, own) if own else known.extensions,
            mentions,
            _with_set(known.sets, identifying, event.order),
            known.events + 1,
            known.last_merge,
            past.with_values(known.said, PERSON, event.patient),
            known.has_unnumbered or (event.lifecycle.of_visit and event.number is None),
            beside,
            known.is_clinical and event.lifecycle.is_clinical,
        )

    return step


_NEVER = "~"
"""An order behind those of all events."""


def _mentioned(known: PersonState, event: Event, rules: Rules) -> tuple[Mapping[Pair, bool], Mapping[Pair, str]]:
    """Return the identifiers of a person and their first mentions, with those of one more event."""
    pairs, mentions = known.pairs, known.mentions
    if not pairs:
        return dict.fromkeys(event.pairs, False), dict.fromkeys(event.pairs, event.order)
    earlier = (pair for pair in event.pairs if mentions.get(pair, "" if pair in pairs else _NEVER) > event.order)
    new = dict.fromkeys(earlier, event.order)
    if not new:
        return pairs, mentions
    ended = {rules.alike(pair) for pair, is_ended in pairs.items() if is_ended}
    first = {**mentions, **new}
    placed = sorted([*(pair for pair in pairs if pair not in new), *new], key=lambda pair: first.get(pair, ""))
    said = {pair: pairs.get(pair, rules.alike(pair) in ended) for pair in placed}
    return said, first


def _with_set(sets: Sets, said: frozenset[Pair], order: str) -> Sets:
    """Return sets of identifiers with the set of one more event."""
    if not said or any(place < order and said <= known for place, known in sets):
        return sets
    earlier = [each for each in sets if each[0] < order]
    later = [each for each in sets if each[0] > order and not each[1] <= said]
    return (*earlier, (order, said), *later)


def extensions_of(identifiers: Iterable[Json]) -> dict[Pair, Json]:
    """Return the Extensions of those identifiers that have any."""
    extended = (each for each in identifiers if EXTENSIONS in each)
    return {pair: each[EXTENSIONS] for each in extended for pair in pairs_of([each])}


def _with_extensions(known: Mapping[Pair, Json], newer: Mapping[Pair, Json]) -> Mapping[Pair, Json]:
    """Return the Extensions of identifiers with newer ones laid over them."""
    older = {pair: {EXTENSIONS: known[pair]} if pair in known else {} for pair in newer}
    laid = {pair: overlay(older[pair], {EXTENSIONS: said}).get(EXTENSIONS, {}) for pair, said in newer.items()}
    return {pair: said for pair, said in {**known, **laid}.items() if said}


def absorb(ended: PersonState, previous: Iterable[Pair], rules: Rules, at: str) -> Callable[[PersonState], PersonState]:
    """Return the step of a merge on the survivor; it acts at the order `at`.

    The identifiers that the merge names as previous end. All other identifiers of the ended record become the
    survivor's, and its words fill the gaps of the survivor's words.
    """
    previous, alike = tuple(previous), rules.alike

    def step(known: PersonState) -> PersonState:
        pairs = {**known.pairs, **{pair: is_ended for pair, is_ended in ended.pairs.items() if pair not in known.pairs}}
        gone = set(map(alike, previous))
        pairs |= {pair: True for pair in pairs if alike(pair) in gone}
        pairs |= dict.fromkeys(previous, True)
        return replace(
            known,
            pairs=pairs,
            words=known.words.inherit(ended.words, at),
            extensions={**ended.extensions, **known.extensions},
            mentions={**dict.fromkeys(pairs, at), **known.mentions},
            sets=((at, frozenset(pair for pair in pairs if rules.identity_of(pair) is not None)),),
            last_merge=max(known.last_merge, at),
            said=past.united(known.said, ended.said),
            has_unnumbered=known.has_unnumbered or ended.has_unnumbered,
            clinical=known.clinical.inherit(ended.clinical, at),
            is_clinical=known.is_clinical and ended.is_clinical,
        )

    return step


def revive(pairs: Iterable[Pair], at: str) -> Callable[[PersonState], PersonState]:
    """Return the step of a reversed merge: these identifiers are current again."""
    revived = tuple(pairs)
    return lambda known: replace(
        known,
        pairs={**known.pairs, **dict.fromkeys(revived, False)},
        mentions={**dict.fromkeys(revived, at), **known.mentions},
    )


BLOCKS = tuple(name for name in PERSON.table.members if name != "Identifiers" and name[0].isupper())
"""The members of a Patient block that a person's record keeps, its identifiers apart."""
_UNDER_VISIT = ("Guarantor", "Insurances")


def _said_of_the_person(event: Event) -> Json:
    """Return the blocks of Patient, and guarantor and insurances of Visit unless the event is a Cancel."""
    said = {name: event.patient[name] for name in BLOCKS if name in event.patient}
    for whole in event.lifecycle.wholes:
        if whole.member in event.patient:
            said[whole.member] = event.patient[whole.member]
    return said if event.lifecycle.only_fills else {**said, **_of_the_visit(event)}


def _of_the_visit(event: Event) -> Json:
    """Return guarantor and insurances of Visit. If Visit clears them, the person keeps them."""
    return {name: event.visit[name] for name in _UNDER_VISIT if event.visit.get(name, CLEAR) != CLEAR}
