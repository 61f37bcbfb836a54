"""The person: a Patient that contains diagnoses, the general practitioner, guarantor and insurances."""

from __future__ import annotations

from mappings.fhir.account import account
from mappings.fhir.codes import MARITAL_STATUS
from mappings.fhir.condition import CONDITION
from mappings.fhir.datatypes import ADDRESS, PERSON_IDENTIFIER, full_name, sex, ssn, telecom
from mappings.fhir.provider import PCP
from mappings.fhir.records import PERSON, leaves_of
from mappings.fhir.values import (
    ABSENT,
    COUNTRY,
    DECEASED,
    ETHNICITY,
    LANGUAGE,
    RACE,
    RELATION_AND_ROLES,
    reference,
)
from mappings.notation import OURS, FieldMap, const, each, extension, field, one
from mappings.notation.rows import Row
from mappings.redox import parts

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_FHIR = "http://hl7.org/fhir/StructureDefinition/patient-"

CONTACT = FieldMap(
    "PatientContact",
    leaves_of(parts.Contact),
    *full_name("", ""),
    one("Address", "address", ADDRESS),
    *telecom("", ""),
    field(("RelationToPatient", "Roles[]"), "relationship[]", RELATION_AND_ROLES),
    const("name", ABSENT, unless=("telecom", "address")),
)


def demographics(redox: str) -> tuple[Row, ...]:
    """Return the rows of a person's demographics; `redox` is the path of the block and ends in a dot."""
    return (
        *full_name(redox, ""),
        const("name.use", "official"),
        field(f"{redox}DOB", "birthDate"),
        *ssn(redox, ""),
        *sex(redox, ""),
        field(f"{redox}Race", f"extension[url={_US_CORE}race].extension[]", RACE),
        field(f"{redox}IsHispanic", f"extension[url={_US_CORE}ethnicity].extension[]", ETHNICITY),
        field(f"{redox}Religion", f"extension[url={_FHIR}religion].valueCodeableConcept.text"),
        field(f"{redox}MaritalStatus", "maritalStatus", MARITAL_STATUS),
        field(
            (f"{redox}IsDeceased", f"{redox}DeathDateTime"),
            ("deceasedBoolean", "deceasedDateTime", f"extension[url={OURS}is-deceased].valueBoolean"),
            DECEASED,
        ),
        *telecom(redox, ""),
        field(
            f"{redox}Language",
            ("communication.language.coding.code", "communication.language.text"),
            LANGUAGE,
        ),
        const("communication.language.coding.system", "urn:ietf:bcp:47"),
        each(
            f"{redox}Citizenship[]",
            f"extension[url={_FHIR}citizenship][].extension[url=code].valueCodeableConcept",
            COUNTRY,
        ),
        one(f"{redox}Address", "address", ADDRESS),
    )


PATIENT = FieldMap(
    "Patient",
    PERSON,
    field("id", "id"),
    field("active", "active"),
    field("replacedBy", "link[type=replaced-by].other.reference", reference("Patient")),
    each("replaces[]", "link[type=replaces][].other.reference", reference("Patient")),
    each("Identifiers[]", "identifier[]", PERSON_IDENTIFIER),
    *demographics("Demographics."),
    extension("Notes[]", "note", "valueString"),
    each("Contacts[]", "contact[]", CONTACT),
    each("Diagnoses[]", "contained[]->Condition", CONDITION, called="diagnosis"),
    one("PCP", "generalPractitioner->PractitionerRole#pcp", PCP),
    *account("contained->Account#account."),
    about=lambda _person: {"reference": "#"},
)
"""`Patient.id` and the links come from this service, not from Redox. An ended identifier has the use `old`."""
