"""The identifier systems that FHIR resources have for identifiers of people and for numbers of other things."""

from functools import lru_cache
from urllib.parse import quote, unquote

from mappings.redox.identifier_types import type_of

VISIT_NUMBER = "urn:redox:visit-number"
ACCOUNT_NUMBER = "urn:redox:account-number"
ORDER = "urn:redox:order"
APPLICATION_ORDER = "urn:redox:application-order"
RELATED_GROUP = "urn:redox:related-group"
SPECIMEN = "urn:redox:specimen"
OF_TYPE = "urn:redox:id:"
"""The beginning of the system of an identifier; its type follows."""


@lru_cache(maxsize=4096)
def identifier_system(id_type: str) -> str:
    """Return the system of identifiers of a type."""
    return OF_TYPE + quote(id_type, safe="")


@lru_cache(maxsize=4096)
def canonical_system(system: str) -> str:
    """Return the system under which identifiers are compared: spellings of one type, as MR and MRN, have one system."""
    if not system.startswith(OF_TYPE):
        return system
    return identifier_system(type_of(unquote(system.removeprefix(OF_TYPE))).name)
