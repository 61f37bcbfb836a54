"""The memory of a person: the form in which the state of a person lies beside the stored record."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby

from ingest.fold import clinical, past
from ingest.fold.events import Json, pairs_of
from ingest.fold.person_state import BLOCKS, PersonState, extensions_of
from ingest.fold.words import Words
from mappings.kinds import PERSON
from mappings.notation import EXTENSIONS


def identifiers(known: PersonState) -> list[Json]:
    """Return the identifiers as the list of a record."""
    return [
        {
            "IDType": pair[0],
            "ID": pair[1],
            **({EXTENSIONS: known.extensions[pair]} if pair in known.extensions else {}),
            **({"ended": True} if ended else {}),
        }
        for pair, ended in known.pairs.items()
    ]


def state_of(record: Json, memory: Json) -> PersonState:
    """Return the state of a person from a stored record and its memory."""
    pairs = dict.fromkeys(pairs_of(record.get("Identifiers", ())), False)
    for identifier in record.get("Identifiers", ()):
        if identifier.get("ended"):
            pairs[(identifier["IDType"], identifier["ID"])] = True
    said = {name: record[name] for name in BLOCKS if name in record}
    extensions = extensions_of(record.get("Identifiers", ()))
    if "events" not in memory:  # as in data of version 3 and before
        return PersonState(pairs, Words(said, None), extensions, is_clinical=False)
    listed = list(pairs)
    beside = memory.get("clinical", {})
    own = clinical.without(said, beside.get("shown", ()))
    mentions = chain.from_iterable([order] * count for order, count in memory["mentions"])
    return PersonState(
        pairs,
        Words(own, memory["words"], _stamps_in(memory["stamps"])),
        extensions,
        dict(zip(listed, mentions, strict=True)),
        tuple((order, frozenset(listed[place] for place in places)) for order, *places in memory["sets"]),
        memory["events"],
        memory.get("lastMerge", ""),
        past.said_in(memory, past.values_of(PERSON, said)),
        memory.get("unnumbered", False),
        Words(beside.get("said", {}), beside.get("words", ""), _stamps_in(beside.get("stamps", ()))),
        memory.get("onlyClinical", False),
    )


def _stamps_in(memory: Iterable[list[str]]) -> dict[str, str]:
    return {path: order for order, *paths in memory for path in paths}


def _stamps_of(words: Words) -> list[list[str]]:
    """Return the stamps of words as a list: each order with the paths that have it."""
    stamps: dict[str, list[str]] = {}
    for path, order in sorted(words.stamps.items()):
        stamps.setdefault(order, []).append(path)
    return [[order, *stamps[order]] for order in sorted(stamps)]


def memory_of(known: PersonState) -> Json:
    """Return what the fold must remember of a person's state beside the record; `state_of` reads it.

    The orders of first mentions are counted in the order of the identifiers, and the members of the sets are places
    among these.
    """
    if known.words.newest is None:
        return {}
    places = {pair: place for place, pair in enumerate(known.pairs)}
    mentions = [[order, len(list(alike))] for order, alike in groupby(map(known.mentions.__getitem__, known.pairs))]
    memory: Json = {
        **past.memory_of(known.said, past.values_of(PERSON, known.counted)),
        "words": known.words.newest,
        "stamps": _stamps_of(known.words),
        "mentions": mentions,
        "sets": [[order, *sorted(map(places.__getitem__, said))] for order, said in known.sets],
        "events": known.events,
    }
    if known.last_merge:
        memory["lastMerge"] = known.last_merge
    if known.has_unnumbered:
        memory["unnumbered"] = True
    if known.clinical.newest:
        memory["clinical"] = {
            "said": known.clinical.said,
            "words": known.clinical.newest,
            "stamps": _stamps_of(known.clinical),
            "shown": clinical.shown(known.words, known.clinical),
        }
    if known.is_clinical:
        memory["onlyClinical"] = True
    return memory
