"""Providers of care: a PractitionerRole with its Practitioner and its Location, as the event had them."""

from __future__ import annotations

from mappings.fhir.codes import V2
from mappings.fhir.datatypes import ADDRESS, emails
from mappings.fhir.location import LOCATION
from mappings.fhir.records import leaves_of
from mappings.fhir.values import NPI_SYSTEM, PROVIDER_ID_TYPE
from mappings.notation import FieldMap, each, field, one
from mappings.notation.rows import Row
from mappings.redox import parts


def provider(fhir: str) -> tuple[Row, ...]:
    """Return the rows of a provider; `fhir` is the path of the PractitionerRole, and is empty or ends in a dot."""
    person = f"{fhir}practitioner->Practitioner#practitioner."
    return (
        field("ID", f"{person}identifier.value"),
        field("IDType", (f"{person}identifier.system", f"{person}identifier.type.text"), PROVIDER_ID_TYPE),
        field("FirstName", f"{person}name.given"),
        field("LastName", f"{person}name.family"),
        each("Credentials[]", f"{person}name.suffix[]"),
        one("Address", f"{person}address", ADDRESS),
        field("PhoneNumber.Office", f"{person}telecom[system=phone,use=work].value"),
        emails("", person),
        one("Location", f"{fhir}location->Location#location", LOCATION),
    )


PROVIDER = FieldMap("PractitionerRole", leaves_of(parts.Provider), *provider(""))

PCP = FieldMap(
    "PractitionerRole",
    leaves_of(parts.PCP),
    field(
        "NPI",
        "practitioner->Practitioner#practitioner."
        f"identifier[system={NPI_SYSTEM},type.coding.system={V2}0203,type.coding.code=NPI].value",
    ),
    *provider(""),
)
