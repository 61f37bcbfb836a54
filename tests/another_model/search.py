"""How outings are found. Several kinds of record may be Basic resources."""

from __future__ import annotations

from store.search.rows import code, identifier, moment, reference
from store.search.search_type import SearchType, index

_OURS = "extension[url=urn:data-on-demand:{}]"

BASIC = SearchType(
    "Basic",
    (
        identifier("identifier", "identifier"),
        reference("patient", "subject"),
        moment("date", f"{_OURS.format('date-time')}.valueDateTime"),
        code("status", f"{_OURS.format('status')}.valueString"),
    ),
    indexes=(index("patient", "date"), index("identifier", "date"), index("status", "date"), index("date")),
    newest="search.date",
    shared=True,
)
