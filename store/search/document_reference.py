"""The search parameters and indexes of documents. Several kinds of record may be DocumentReferences."""

from __future__ import annotations

from store.search.rows import code, identifier, moment, reference, text
from store.search.search_type import SearchType, index

DOCUMENT_REFERENCE = SearchType(
    "DocumentReference",
    (
        # A document that was replaced is found by its own identifier; the one in its place is found by both.
        identifier("identifier", "masterIdentifier", "relatesTo.target.identifier"),
        reference("patient", "subject"),
        code("status", "status"),
        text("type", "type.text"),
        identifier("encounter", "context.encounter->Encounter.identifier[type.coding.code!=AN]"),
        moment("date", "context.period.start"),
    ),
    indexes=(
        index("identifier", "status"),
        index("status", "patient", "date"),
        index("status", "encounter", "date"),
        index("status", "type", "date"),
        index("status", "date"),
        index("patient"),
    ),
    newest="search.date",
    shared=True,
)
