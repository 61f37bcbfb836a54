"""Composed records, such as a report with its results: they follow from all statements about an order together.

An event states something of an order: the report, and a list of results inside it. Which order, which report and which
result a statement means, other statements decide, later ones too: a second number becomes the number of an order once
exactly one order has it, and a preliminary word counts only until a final one. So nothing is changed step by step.
All statements about orders that share a number are composed at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.fold import past
from ingest.fold.events import Json
from ingest.fold.overlay import overlay
from mappings.kinds import Kind, Provisional
from mappings.reading import CLEAR

Names = tuple[tuple[str, str], ...]
"""The numbers by which a statement names its order: the leaf, and the number."""
Ids = tuple[str, ...]


@dataclass(slots=True)
class Statement:
    """What one block of one event states of an order."""

    order: str
    """The order of the event."""
    place: int
    """The place of the block among those of the event."""
    event_id: str
    event: str
    """The type of the event, as a word for answers."""
    effective: str
    """UTC text of the moment that the event speaks of."""
    clears: bool
    words: Json
    """The words of the report, without the list of the results."""
    inside: list[Json]
    """The words of the results."""
    number: str | None
    """The number that decides which order it is."""
    other_number: str | None
    """The number that finds an order if exactly one order has it."""
    person: str
    """The id of the person who has the order now."""
    owner: str
    """The id of the person who had the order first."""

    def names(self, kind: Kind) -> Names:
        """Return the numbers by which the statement names its order."""
        if kind.alias is None:
            return ()
        said = ((kind.alias.number, self.number), (kind.alias.other, self.other_number))
        return tuple((leaf, value) for leaf, value in said if value is not None)

    @property
    def at(self) -> tuple[str, int]:
        """The place of the statement among all statements."""
        return self.order, self.place


@dataclass(slots=True)
class Composed:
    """One record that statements come to."""

    kind: Kind
    key: Ids
    person: str
    owner: str
    names: Names
    """All names of the orders that share a number with this one."""
    words: Json
    event: str
    first: str
    newest: str
    last: str
    inside: list[Composed] = field(default_factory=list)
    """The records inside it, in the order in which they were said first."""
    own_key: Ids = ()
    """Of a record inside another: what tells it apart from the others there."""
    places: tuple[tuple[str, int], ...] = ()
    """The places of the statements behind it."""
    said: past.Said = field(default_factory=dict)
    """What was ever said of the leaves that questions look records of the kind up by."""

    @property
    def id(self) -> str:
        """An id for the time being, by which other records refer to it."""
        return "\x1f".join((self.kind.name, self.owner, *self.key))


def names_in(kind: Kind, block: Json) -> Names:
    """Return the numbers by which a block names its order."""
    if kind.alias is None:
        return ()
    found = ((leaf, _text(block, leaf)) for leaf in (kind.alias.number, kind.alias.other))
    return tuple((leaf, value) for leaf, value in found if value is not None)


def number_in(kind: Kind, block: Json, leaf: str) -> str | None:
    """Return the text of a leaf of a block; None if the block does not say it."""
    return _text(block, leaf) if kind.alias is not None else None


def _text(block: Json, path: str) -> str | None:
    value: Any = block
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None or value == CLEAR or isinstance(value, dict | list) else str(value)


def compose(kind: Kind, inner: Kind, statements: Iterable[Statement]) -> Iterator[Composed]:
    """Give the records of one person that statements come to. Statements of several owners never meet."""
    by_owner: dict[str, list[Statement]] = {}
    for each in sorted(statements, key=lambda each: each.at):
        by_owner.setdefault(each.owner, []).append(each)
    for theirs in by_owner.values():
        names = _names(kind, theirs)
        for order, said in _orders(theirs).items():
            for told_apart, of_report in _reports(kind, said).items():
                report = _record(kind, (*order, *told_apart), of_report, [(each, each.words) for each in of_report])
                report.names = names[of_report[0].at]
                report.inside = list(_inside(inner, report, of_report))
                _stamp(report, of_report)
                yield report


def _names(kind: Kind, statements: Sequence[Statement]) -> dict[tuple[str, int], Names]:
    """Return, by the place of each statement, all names that lead to it through shared numbers."""
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def root(name: tuple[str, str]) -> tuple[str, str]:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = above[name]
        return name

    for each in statements:
        first, *others = each.names(kind) or (("", ""),)
        for name in others:
            above[root(name)] = root(first)
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in {name for each in statements for name in each.names(kind)}:
        groups.setdefault(root(name), []).append(name)
    together = {key: tuple(sorted(names)) for key, names in groups.items()}
    return {each.at: together[root(own[0])] if (own := each.names(kind)) else () for each in statements}


def _orders(statements: Sequence[Statement]) -> dict[Ids, list[Statement]]:
    """Return the statements about each order. The number decides; the other number finds the only order that has it."""
    holders: dict[str, set[str]] = {}
    for each in statements:
        if each.number is not None and each.other_number is not None:
            holders.setdefault(each.other_number, set()).add(each.number)
    orders: dict[Ids, list[Statement]] = {}
    for each in statements:
        orders.setdefault(_order_of(each, holders), []).append(each)
    return orders


def _order_of(statement: Statement, holders: dict[str, set[str]]) -> Ids:
    number, other = statement.number, statement.other_number
    if number is None and other is not None and len(holders.get(other, ())) == 1:
        number = next(iter(holders[other]))
    if number is not None:
        return "number", number
    return ("other", other) if other is not None else (statement.event_id, str(statement.place))


def _reports(kind: Kind, statements: Sequence[Statement]) -> dict[Ids, list[Statement]]:
    """Return the statements about each report of an order: reports have different procedures.

    A statement without a procedure means the only report, else the newest so far, else the first.
    """
    said = [tuple(_text(each.words, leaf) or "" for leaf in kind.last) for each in statements]
    known = list(dict.fromkeys(key for key in said if any(key)))
    reports: dict[Ids, list[Statement]] = {}
    newest = known[0] if known else ("",) * len(kind.last)
    for each, key in zip(statements, said, strict=True):
        newest = key if any(key) else newest
        reports.setdefault(known[0] if len(known) == 1 else newest, []).append(each)
    return reports


Said = tuple[Statement, Json]


def _record(kind: Kind, key: Ids, statements: Sequence[Statement], said: Sequence[Said]) -> Composed:
    """Return the record of what was said, in the order that its words have."""
    words: Json = {}
    for statement, block in _in_precedence(kind.precedence, said):
        words = overlay(words, block, clears=statement.clears)
    newest = said[-1][0]
    ever: past.Said = {}
    for _, block in said if kind.asked_by else ():
        ever = past.with_values(ever, kind, block)
    return Composed(
        kind,
        key,
        statements[0].person,
        statements[0].owner,
        (),
        words,
        newest.event,
        first=said[0][0].order,
        newest=newest.order,
        last=max(each.effective for each, _ in said),
        said=ever,
    )


def _in_precedence(rule: Provisional | None, said: Sequence[Said]) -> Iterator[Said]:
    """Give what was said in the order in which words lie over each other.

    Provisional words come before all final ones, unless they were completed later than the newest final word.
    """
    if rule is None:
        yield from said
        return
    final = [each for each in said if _text(each[1], rule.leaf) not in rule.words]
    until = _text(final[-1][1], rule.later) if final else None
    early, late = list[Said](), list[Said]()
    for each in said:
        if _text(each[1], rule.leaf) in rule.words:
            is_later = until is not None and (_text(each[1], rule.later) or "") > until
            (late if is_later else early).append(each)
    yield from (*early, *final, *late)


def _inside(kind: Kind, report: Composed, statements: Sequence[Statement]) -> Iterator[Composed]:
    """Give the records inside a report. Elements with one name are paired by a leaf, and then by their place."""
    found: dict[Ids, list[list[Said]]] = {}
    for statement in statements:
        named: dict[Ids, list[Json]] = {}
        for place, block in enumerate(statement.inside):
            named.setdefault(_name_inside(kind, block, statement, place), []).append(block)
        for name, blocks in named.items():
            _pair(found.setdefault(name, []), blocks, statement, kind.paired_by)
    for name, records in found.items():
        for place, said in enumerate(records):
            inner = _record(kind, (*report.key, *name, str(place)), statements, said)
            inner.names, inner.own_key = report.names, (*name, str(place))
            yield inner


def _name_inside(kind: Kind, block: Json, statement: Statement, place: int) -> Ids:
    for paths in kind.named_by:
        values = [(_text(block, path.removesuffix("?")), path.endswith("?")) for path in paths]
        if all(value is not None or may_be_unsaid for value, may_be_unsaid in values):
            return tuple(value or "" for value, _ in values)
    return statement.event_id, str(statement.place), str(place)


def _pair(records: list[list[Said]], blocks: list[Json], statement: Statement, leaf: str) -> None:
    """Add blocks of one name to the records of that name: to those with the same leaf, then to the next ones."""
    alike: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        if (value := _text(record[-1][1], leaf)) is not None:
            alike.setdefault(value, []).append(place)
    taken = set[int]()
    rest: list[Json] = []
    for block in blocks:
        same = alike.get(_text(block, leaf) or "")
        if same:
            taken.add(same[0])
            records[same.pop(0)].append((statement, block))
        else:
            rest.append(block)
    free = (place for place in range(len(records)) if place not in taken)
    for block in rest:
        if (place := next(free, -1)) < 0:
            records.append([(statement, block)])
        else:
            records[place].append((statement, block))


def _stamp(report: Composed, statements: Sequence[Statement]) -> None:
    """Note the newest of all statements about a report, also of those about its results alone."""
    report.places = tuple(each.at for each in statements)
    report.newest = statements[-1].order
    report.last = max(each.effective for each in statements)
