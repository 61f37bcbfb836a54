"""The result of a backfill: numbers, places and reasons, but no value of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ingest.backfill.rows import Rejected, Row, told
from ingest.pipeline import Accepted
from mappings.csv.sheet import Fault

State = Literal["running", "done", "interrupted", "failed"]

MOST_SHOWN = 1000
"""The number of rejects, and of doubts, that are kept to be shown; further ones are only counted."""


@dataclass(slots=True)
class Summary:
    """The progress of a backfill, and the numbers of rows by their result."""

    kind: str
    extracted_at: str = ""
    is_dry: bool = False
    state: State = "running"
    read: int = 0
    applied: int = 0
    already_there: int = 0
    unfolded: Counter[str] = field(default_factory=Counter)
    """Rows that are in the journal and in no record, by reason; `applied` includes them."""
    findings: Counter[str] = field(default_factory=Counter)
    """The codes of findings about rows that were applied, and the number of rows of each."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    doubted: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)
    """The first rejected rows: `line`, `path`, `reason`."""
    doubts: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str = ""
    is_weather: bool = False
    """Whether the cause of the failure is temporary, so that the same run may succeed later."""
    seconds: float = 0.0

    def take(self, accepted: Iterable[Accepted]) -> None:
        """Count rows that were journalled."""
        for each in accepted:
            if each.is_redelivery:
                self.already_there += 1
                continue
            self.applied += 1
            self.findings.update(each.findings)
            if each.issues:
                self.findings["with issues"] += 1
            if each.open:
                self.unfolded[each.open] += 1

    def reject(self, row: Rejected) -> None:
        """Count a rejected row and its reasons, and keep it to be shown."""
        path, reason = told(row.faults)
        self.read += 1
        self.rejected += 1
        for each in {_short(fault) for fault in row.faults}:
            self.reasons[each] += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append({"line": row.line, "path": path, "reason": reason})

    def doubt(self, row: Row, doubts: Iterable[Fault]) -> None:
        """Count and keep the doubts about a row that is loaded nevertheless."""
        for each in doubts:
            self.doubted[_short(each)] += 1
            if len(self.doubts) < MOST_SHOWN:
                self.doubts.append({"line": row.line, "path": each.path, "reason": each.reason})

    @property
    def is_clean(self) -> bool:
        """Return whether the backfill is done and no row was rejected."""
        return self.state == "done" and not self.rejected

    def to_json(self) -> dict[str, Any]:
        """Return the summary as an object for JSON."""
        return {
            "kind": self.kind,
            "state": self.state,
            "extractedAt": self.extracted_at,
            "dryRun": self.is_dry,
            "read": self.read,
            "applied": self.applied,
            "alreadyThere": self.already_there,
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "unfolded": dict(self.unfolded),
            "findings": dict(self.findings),
            "doubts": dict(self.doubted),
            "notes": self.notes,
            "failure": self.failure,
            "seconds": round(self.seconds, 1),
        }


def _short(fault: Fault) -> str:
    return f"{fault.path}: {fault.reason}" if fault.path else fault.reason
