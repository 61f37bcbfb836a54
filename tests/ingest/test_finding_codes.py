"""Every code that the fold gives an event has a row that says what it means and what to do."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.finding_codes import FINDINGS, REASONS, page, rows_of
from ingest.fold.lifecycles import NOT_OF_A_VISIT, UNKNOWN_EVENT
from ingest.folding.plan import LATE
from ingest.understanding import NEVER_FOLDED

ROOT = Path(__file__).parents[2]
_GIVEN = re.compile(r'(?:note|refuse|hold)\([^"]*?"([A-Z][A-Za-z]+)"', re.DOTALL)


def test_every_code_that_the_fold_gives_has_a_row() -> None:
    given = {code for module in (ROOT / "ingest").rglob("*.py") for code in _GIVEN.findall(module.read_text())}
    assert given
    assert given | {UNKNOWN_EVENT, NOT_OF_A_VISIT} <= {each.code for each in FINDINGS}


def test_every_reason_not_to_fold_has_a_row() -> None:
    assert {each.code for each in REASONS} >= {*NEVER_FOLDED, LATE}


def test_the_page_says_what_the_rows_say() -> None:
    """Write it anew with `python -c "from ingest.finding_codes import page; print(page(), end='')" > docs/journal.md`."""
    assert (ROOT / "docs" / "journal.md").read_text() == page()


def test_codes_are_explained_once_and_in_order() -> None:
    assert [each.code for each in rows_of(["late", "IdentifierWorn", "late", "?"])] == ["IdentifierWorn", "late"]
