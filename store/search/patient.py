"""The search parameters and indexes of people. A record that was merged into another one is found by its link alone."""

from __future__ import annotations

from store.search.rows import flag, identifier, reference, with_birthdate
from store.search.search_type import SearchType, index

SSN = "http://hl7.org/fhir/sid/us-ssn"
_LIVING, _ENDED = "[active!=false]", "[active=false]"

PATIENT = SearchType(
    "Patient",
    (
        flag("active", "active", default=True),
        reference("link", f"{_ENDED}.link.other", is_list=True),
        identifier("identifier", f"{_LIVING}.identifier"),
        with_birthdate("name-birthdate", f"{_LIVING}.birthDate", f"{_LIVING}.name", "given", "family"),
        with_birthdate("ssn-birthdate", f"{_LIVING}.birthDate", f"{_LIVING}.identifier[system={SSN}]", "value"),
    ),
    indexes=(
        index("identifier"),
        index("name-birthdate", is_partial=True),
        index("ssn-birthdate", is_partial=True),
        index("former", is_partial=True),
    ),
    former=("identifier", "name-birthdate", "ssn-birthdate"),
)
