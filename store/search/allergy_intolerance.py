"""The search parameters and indexes of allergies."""

from __future__ import annotations

from store.search.rows import reference
from store.search.search_type import SearchType, index

ALLERGY_INTOLERANCE = SearchType("AllergyIntolerance", (reference("patient", "patient"),), indexes=(index("patient"),))
