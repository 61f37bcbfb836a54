"""Lasting ids of composed records: a record keeps the id that the store has of it, whatever it is called by now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count

from ingest.fold.events import Json
from ingest.fold.records import Record


def with_slots(records: list[Record], stored: Iterable[Record], gone: Collection[str] = ()) -> list[Record]:
    """Return records of which each composed one has the owner and the slot that its stored document was made with.

    An order may get another name: a number of its own, or a procedure. Its records are found among the stored ones by
    their key, or else by any of their names; of several the most alike is taken, then the eldest. `gone`: people who
    are another person now; only their records, and those of the same person, may be taken.
    """
    if not any("names" in record.memory for record in records):
        return records
    known = _Known(stored, gone)
    outer = [record for record in records if _is_outer(record)]
    inner = [record for record in records if "within" in record.memory]
    found = {record.record["id"]: known.exactly(record) for record in outer}
    for record in outer:
        if found[record.record["id"]] is None:
            found[record.record["id"]] = known.alike(record)
    found |= {record.record["id"]: known.within(found[record.memory["within"]], record) for record in inner}
    slots = _Slots(found)
    for record in (*outer, *inner):
        slots.choose(record)
    return [slots.placed(record) if "names" in record.memory else record for record in records]


Slot = tuple[str, ...]
OwnedSlot = tuple[str, Slot]


class _Slots:
    """The owner and the slot of each composed record, by its id for the time being. No two records have the same."""

    def __init__(self, found: Mapping[str, Record | None]) -> None:
        """`found`: the stored records, by the ids of the composed ones."""
        self._found = found
        self._of: dict[str, OwnedSlot] = {}
        self._taken = {_owned_slot(each) for each in found.values() if each is not None}

    def choose(self, record: Record) -> None:
        """Choose the slot of a record: that of its stored document, or one that is free. Outer records come first."""
        known = self._found[record.record["id"]]
        if known is not None:
            self._of[record.record["id"]] = _owned_slot(known)
            return
        owner, slot = record.memory["owner"], tuple(record.memory["key"])
        if "within" in record.memory:
            owner, above = self._of[record.memory["within"]]
            slot = (*above, *record.memory["own"])
        free = (slot if number == 0 else (*slot, str(number)) for number in count())
        chosen = next((owner, each) for each in free if (owner, each) not in self._taken)
        self._taken.add(chosen)
        self._of[record.record["id"]] = chosen

    def placed(self, record: Record) -> Record:
        """Return a record with its owner and its slot."""
        owner, slot = self._of[record.record["id"]]
        kept: Json = {"slot": list(slot)} if list(slot) != record.memory["key"] else {}
        return Record(record.kind, record.record, {**record.memory, "owner": owner, **kept})


def _owned_slot(record: Record) -> OwnedSlot:
    return record.memory["owner"], _slot_of(record)


def _slot_of(record: Record) -> Slot:
    return tuple(record.memory.get("slot") or record.memory["key"])


def _is_outer(record: Record) -> bool:
    return "names" in record.memory and "within" not in record.memory


class _Known:
    """The stored records that are not taken yet."""

    def __init__(self, stored: Iterable[Record], gone: Collection[str]) -> None:
        self._gone = gone
        self._by_name: dict[tuple[str, str, str], list[Record]] = {}
        self._by_key: dict[tuple[str, ...], Record] = {}
        self._inside: dict[tuple[str, Slot], Record] = {}
        self._taken: set[str] = set()
        for record in stored:
            if _is_outer(record):
                for leaf, number in record.memory["names"]:
                    self._by_name.setdefault((record.kind.name, leaf, number), []).append(record)
                self._by_key[_full_key(record)] = record
            elif "within" in record.memory:
                self._inside[record.memory["within"], tuple(record.memory["own"])] = record

    def exactly(self, record: Record) -> Record | None:
        """Return the stored record with the owner and the key of a composed one, and take it; None if there is none."""
        return self._take(self._by_key.get(_full_key(record)))

    def alike(self, record: Record) -> Record | None:
        """Return the stored record that is most alike, of those with a common name, and take it; None if none is."""
        names = record.memory["names"]
        found = (each for name in names for each in self._by_name.get((record.kind.name, *name), ()))
        mine = (record.record["patient"], *self._gone)
        free = (each for each in found if each.record["id"] not in self._taken and each.record["patient"] in mine)
        return self._take(min(free, key=lambda each: _difference(each, record), default=None))

    def within(self, outer: Record | None, record: Record) -> Record | None:
        """Return the stored record that is a composed one inside another; None if there is none."""
        return self._inside.get((outer.record["id"], tuple(record.memory["own"]))) if outer is not None else None

    def _take(self, found: Record | None) -> Record | None:
        if found is not None:
            self._taken.add(found.record["id"])
        return found


def _full_key(record: Record) -> tuple[str, ...]:
    return record.kind.name, record.memory["owner"], *record.memory["key"]


def _difference(stored: Record, record: Record) -> tuple[bool, bool, str]:
    mine, theirs = record.memory, stored.memory
    return mine["owner"] != theirs["owner"], mine["key"][2:] != theirs["key"][2:], theirs["first"]


def with_references(records: list[Record], ids: Mapping[str, str]) -> list[Record]:
    """Return records whose references to composed records are lasting ids. `ids`: by the ids for the time being."""
    return [_referring(record, ids) if "names" in record.memory else record for record in records]


def _referring(record: Record, ids: Mapping[str, str]) -> Record:
    turned = {
        name: [ids.get(each, each) for each in value] if name[0].islower() and isinstance(value, list) else value
        for name, value in record.record.items()
    }
    memory = record.memory
    if "within" in memory:
        memory = {**memory, "within": ids.get(memory["within"], memory["within"])}
    return Record(record.kind, turned, memory)
