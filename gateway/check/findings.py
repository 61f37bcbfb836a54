"""A check, a finding, and the function that applies checks to facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.check.facts import Facts

Severity = Literal["unsafe", "unfinished", "note"]
"""`unsafe`: data may be seen, changed or lost by the wrong person; `unfinished`: something does not work as meant;
`note`: it may be intended."""


@dataclass(frozen=True)
class Finding:
    """A check that applies to the facts, with the places `where` it does."""

    severity: Severity
    check: str
    what: str
    where: tuple[str, ...]
    why: str
    remedy: str


@dataclass(frozen=True)
class Check:
    """One row of the table: `find` gives the places to which the check applies, and none if everything is correct."""

    name: str
    severity: Severity
    what: str
    why: str
    remedy: str
    find: Callable[[Facts], Iterable[str]]


def findings(facts: Facts, checks: Sequence[Check]) -> list[Finding]:
    """Return a finding for each check that applies to the facts: first unsafe, then unfinished, then notes."""
    found = [(check, tuple(check.find(facts))) for check in checks]
    said = [Finding(each.severity, each.name, each.what, at, each.why, each.remedy) for each, at in found if at]
    return sorted(said, key=lambda finding: _ORDER.index(finding.severity))


_ORDER: tuple[Severity, ...] = ("unsafe", "unfinished", "note")
