"""Rows and tables that several resources share: addresses, names, telephones, identifiers, coded values.

The functions return rows. `redox` is the path of the Redox block and `fhir` the path of the FHIR element; both are
empty or end in a dot.
"""

from __future__ import annotations

from mappings.fhir.codes import ENDED, GENDER, V2
from mappings.fhir.records import leaves_of
from mappings.fhir.values import ABSENT, CODE, CODESET, GIVEN, ID_TYPE
from mappings.notation import OURS, FieldMap, const, each, field, one
from mappings.notation.rows import Row
from mappings.redox import parts

SSN_SYSTEM = "http://hl7.org/fhir/sid/us-ssn"
WORD = f"extension[url={OURS}said].valueString"
"""The path of the extension that holds a word itself, beside a code that several words share."""

ADDRESS = FieldMap(
    "Address",
    leaves_of(parts.Address),
    field("StreetAddress", "line"),
    field("City", "city"),
    field("State", "state"),
    field("ZIP", "postalCode"),
    field("County", "district"),
    field("Country", "country"),
)

_IDENTIFIER_ROWS = (
    field("ID", "value"),
    field("IDType", ("system", "type.text"), ID_TYPE),
)

IDENTIFIER = FieldMap("Identifier", leaves_of(parts.LooseIdentifier), *_IDENTIFIER_ROWS)

PERSON_IDENTIFIER = FieldMap(
    "Identifier",
    {**leaves_of(parts.Identifier), "ended": "Flag"},
    *_IDENTIFIER_ROWS,
    field("ended", "use", ENDED),
)


def ssn(redox: str, fhir: str) -> tuple[Row, ...]:
    """Return the rows of a social security number."""
    return (
        field(f"{redox}SSN", f"{fhir}identifier[system={SSN_SYSTEM}].value"),
        const(f"{fhir}identifier[system={SSN_SYSTEM}].type", {"coding": [{"system": f"{V2}0203", "code": "SS"}]}),
    )


def full_name(redox: str, fhir: str) -> tuple[Row, ...]:
    """Return the rows of first, middle and last name."""
    return (
        field((f"{redox}FirstName", f"{redox}MiddleName"), (f"{fhir}name.given[]", f"{fhir}name._given[]"), GIVEN),
        field(f"{redox}LastName", f"{fhir}name.family"),
    )


def sex(redox: str, fhir: str) -> tuple[Row, ...]:
    """Return the row of an administrative gender."""
    return (field(f"{redox}Sex", (f"{fhir}gender", f"{fhir}_gender.{WORD}"), GENDER),)


def telecom(redox: str, fhir: str, *, office: str = "Office") -> tuple[Row, ...]:
    """Return the rows of the telephones at home and at work, the mobile number, and the e-mail addresses."""
    return (
        field(f"{redox}PhoneNumber.Home", f"{fhir}telecom[system=phone,use=home].value"),
        field(f"{redox}PhoneNumber.{office}", f"{fhir}telecom[system=phone,use=work].value"),
        field(f"{redox}PhoneNumber.Mobile", f"{fhir}telecom[system=phone,use=mobile].value"),
        emails(redox, fhir),
    )


def emails(redox: str, fhir: str) -> Row:
    """Return the row of e-mail addresses."""
    return each(f"{redox}EmailAddresses[]", f"{fhir}telecom[system=email][].value")


def codeable_concept(redox: str, fhir: str, words: str) -> tuple[Row, ...]:
    """Return the rows of a code, its code set and its text, as a CodeableConcept; `words` is the member of the text."""
    return (
        field(f"{redox}Code", (f"{fhir}coding.code", f"{fhir}coding.extension[url={OURS}code].valueString"), CODE),
        codeset(redox, fhir),
        field(f"{redox}{words}", f"{fhir}text"),
    )


def codeset(redox: str, fhir: str) -> Row:
    """Return the row of a code set."""
    return field(f"{redox}Codeset", (f"{fhir}coding.system", f"{fhir}coding._system.{WORD}"), CODESET)


def organization(redox: str, fhir: str) -> tuple[Row, ...]:
    """Return the rows of an organization's name, address and telephone."""
    return (
        field(f"{redox}Name", f"{fhir}name"),
        const(f"{fhir}_name", ABSENT, unless=("name", "identifier")),
        one(f"{redox}Address", f"{fhir}address", ADDRESS),
        field(f"{redox}PhoneNumber", f"{fhir}telecom[system=phone].value"),
    )


NAMED_CODE = FieldMap("CodeableConcept", leaves_of(parts.NamedCode), *codeable_concept("", "", "Name"))
