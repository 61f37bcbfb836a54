"""The search parameters and indexes of observations. Several kinds of record may be Observations."""

from __future__ import annotations

from store.search.rows import identifier, reference
from store.search.search_type import SearchType, index

OBSERVATION = SearchType(
    "Observation",
    (
        reference("patient", "subject"),
        identifier("identifier", "identifier"),
    ),
    indexes=(index("patient"), index("identifier", is_partial=True)),
    shared=True,
)
