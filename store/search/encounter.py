"""The search parameters and indexes of visits. The place of a visit is the place where the patient is now."""

from __future__ import annotations

from store.search.places import department, facility
from store.search.rows import code, identifier, moment, reference, text
from store.search.search_type import Index, SearchType, index

_HERE = "location[status=active].location"

ENCOUNTER = SearchType(
    "Encounter",
    (
        identifier("identifier", "identifier[type.coding.code!=AN]"),
        identifier("account", "identifier[type.coding.code=AN]"),
        reference("patient", "subject"),
        reference("appointment", "appointment"),
        code("status", "status"),
        text("class", "class.display"),
        moment("date", "period.start"),
        text("department", f"{department(_HERE)}.name"),
        text("facility", f"{facility(_HERE)}.name"),
    ),
    # The most selective index comes first. A visit is looked up within a status, so that a census skips the past. The
    # indexes end in the date by which answers are limited, so that MongoDB need not sort.
    indexes=(
        index("identifier"),
        index("account", is_partial=True),
        index("patient", "date"),
        index("status", "department", "date"),
        index("status", "class", "facility", "date"),
        index("status", "facility", "date"),
        index("status", "class", "date"),
        index("status", "date"),
        Index(
            "span_department",
            ("fold.span.node", "search.department", "fold.span.until", "fold.span.from"),
            is_partial=True,
        ),
        index("former", is_partial=True),
    ),
    newest="search.date",
    former=("class", "department", "facility"),
    lasting=("identifier",),
)
