"""Composed records, such as a report with its results: they follow from all statements about an order together.

An event states something of an order: the report, and a list of results inside it. Which order, which report and which
result a statement means, other statements decide, later ones too: a second number becomes the number of an order once
exactly one order has it, and a preliminary word counts only until a final one. So nothing is changed step by step.
All statements about orders that share a number are composed at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ingest.fold import past
from ingest.fold.events import Json
from ingest.fold.overlay import overlay
from ingest.fold.statement import Composed, Ids, Names, Statement, text_at
from mappings.kinds import Kind, Provisional


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
    said = [tuple(text_at(each.words, leaf) or "" for leaf in kind.last) for each in statements]
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
    final = [each for each in said if text_at(each[1], rule.leaf) not in rule.words]
    until = text_at(final[-1][1], rule.later) if final else None
    early, late = list[Said](), list[Said]()
    for each in said:
        if text_at(each[1], rule.leaf) in rule.words:
            is_later = until is not None and (text_at(each[1], rule.later) or "") > until
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
        values = [(text_at(block, path.removesuffix("?")), path.endswith("?")) for path in paths]
        if all(value is not None or may_be_unsaid for value, may_be_unsaid in values):
            return tuple(value or "" for value, _ in values)
    return statement.event_id, str(statement.place), str(place)


def _pair(records: list[list[Said]], blocks: list[Json], statement: Statement, leaf: str) -> None:
    """Add blocks of one name to the records of that name: to those with the same leaf, then to the next ones."""
    alike: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        if (value := text_at(record[-1][1], leaf)) is not None:
            alike.setdefault(value, []).append(place)
    taken = set[int]()
    rest: list[Json] = []
    for block in blocks:
        same = alike.get(text_at(block, leaf) or "")
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
