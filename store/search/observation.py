"""The search parameters and indexes of observations. Several kinds of record may be Observations."""

from __future__ import annotations

from store.search.rows import reference
from store.search.search_type import SearchType, index

OBSERVATION = SearchType(
    "Observation",
    (reference("patient", "subject"),),
    indexes=(index("patient"),),
    shared=True,
)
