"""What a check finds, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.check.facts import Facts

Severity = Literal["unsafe", "unfinished", "note"]
"""`unsafe`: somebody may see, change or lose what he should not; `unfinished`: something does not work as it was meant;
`note`: it may well be meant so."""


@dataclass(frozen=True)
class Finding:
    """Something to be looked at."""

    severity: Severity
    check: str
    what: str
    where: tuple[str, ...]
    why: str
    remedy: str


@dataclass(frozen=True)
class Check:
    """One row of the table: `find` gives the places where it is so, and none where all is well."""

    name: str
    severity: Severity
    what: str
    why: str
    remedy: str
    find: Callable[[Facts], Iterable[str]]


def findings(facts: Facts, checks: Sequence[Check]) -> list[Finding]:
    """What the checks find, what is unsafe first."""
    found = [(check, tuple(check.find(facts))) for check in checks]
    said = [Finding(each.severity, each.name, each.what, at, each.why, each.remedy) for each, at in found if at]
    return sorted(said, key=lambda finding: _ORDER.index(finding.severity))


_ORDER: tuple[Severity, ...] = ("unsafe", "unfinished", "note")
