"""The search parameters and indexes of reports. A report is found by the words of its status, its code and its visit.

A code has a token of its own and so has its system, because a question may name one of them alone. Both are compared
without regard to case.
"""

from __future__ import annotations

from store.search.places import department
from store.search.rows import identifier, moment, reference, text, words
from store.search.search_type import SearchType, index

_OURS = "extension[url=urn:data-on-demand:{}]"
_VISIT = "encounter->Encounter"

DIAGNOSTIC_REPORT = SearchType(
    "DiagnosticReport",
    (
        identifier("identifier", "identifier"),
        reference("patient", "subject"),
        words("group", f"{_OURS.format('related-group')}.valueString", "group", ignores_case=False),
        text("status", f"_status.{_OURS.format('said')}.valueString"),
        moment("date", "issued", f"{_OURS.format('completion-date-time')}.valueDateTime"),
        moment("last-updated", f"{_OURS.format('last-updated')}.valueDateTime"),
        words("code", "code.coding.code", "code"),
        words("code", f"code.coding.{_OURS.format('code')}.valueString", "code"),
        words("code", "code.coding.system", "system"),
        text("department", f"{department(f'{_VISIT}.location.location')}.name"),
    ),
    # All but the last ones end in the date by which answers are cut, so that nothing is sorted.
    indexes=(
        index("identifier", "date"),
        index("patient", "date"),
        index("status", "date"),
        index("code", "date"),
        index("department", "date"),
        index("date"),
        index("last-updated"),
        index("group", "date", is_partial=True),
        index("former", is_partial=True),
        index("former-date", is_partial=True),
    ),
    newest="search.date",
    former=("identifier", "status", "date", "code", "department"),
)
