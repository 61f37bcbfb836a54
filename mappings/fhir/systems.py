"""The identifier systems that FHIR resources have for identifiers of people and for numbers of visits."""

from urllib.parse import quote

VISIT_NUMBER = "urn:redox:visit-number"
ACCOUNT_NUMBER = "urn:redox:account-number"
OF_TYPE = "urn:redox:id:"
"""The beginning of the system of an identifier; its type follows."""


def identifier_system(id_type: str) -> str:
    """Return the system of identifiers of a type."""
    return OF_TYPE + quote(id_type, safe="")
