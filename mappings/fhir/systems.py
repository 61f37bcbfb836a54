"""The identifier systems under which identifiers, and numbers of visits, lie in FHIR."""

from urllib.parse import quote

VISIT_NUMBER = "urn:redox:visit-number"
ACCOUNT_NUMBER = "urn:redox:account-number"
OF_TYPE = "urn:redox:id:"
"""What every system of an identifier begins with; its type follows."""


def identifier_system(id_type: str) -> str:
    """The system of identifiers of a type."""
    return OF_TYPE + quote(id_type, safe="")
