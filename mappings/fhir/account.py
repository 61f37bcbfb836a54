"""Guarantor and insurances: an Account, with the guarantor as a RelatedPerson and each insurance as a Coverage."""

from __future__ import annotations

from mappings.fhir.codes import RELATIONSHIP, SUBSCRIBER_RELATIONSHIP, V2
from mappings.fhir.datatypes import ADDRESS, IDENTIFIER, full_name, organization, sex, ssn, telecom
from mappings.fhir.periods import PERIOD
from mappings.fhir.records import leaves_of
from mappings.fhir.values import ABSENT, ID_TYPE, PRIORITY
from mappings.notation import OURS, SUBJECT, FieldMap, const, each, extension, field, one
from mappings.notation.rows import Row
from mappings.redox import coverage

_SPOUSE = f"extension[url={OURS}spouse].valueHumanName."
_EMPLOYER = f"extension[url={OURS}employer].valueReference->Organization#employer."
_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
_PLAN = f"class[type.coding.system={_CLASS},type.coding.code=plan]."
_GROUP = f"class[type.coding.system={_CLASS},type.coding.code=group]."
_MEMBER = f"identifier[system=urn:redox:member-number,type.coding.system={V2}0203,type.coding.code=MB]."
_COMPANY = "payor->Organization#company."
_INSURED = "subscriber->RelatedPerson#insured."

GUARANTOR = FieldMap(
    "RelatedPerson",
    leaves_of(coverage.Guarantor),
    const("patient", SUBJECT),
    field("Number", "identifier[system=urn:redox:guarantor-number].value"),
    *full_name("", ""),
    *ssn("", ""),
    field("DOB", "birthDate"),
    *sex("", ""),
    field("Spouse.FirstName", f"{_SPOUSE}given"),
    field("Spouse.LastName", f"{_SPOUSE}family"),
    one("Address", "address", ADDRESS),
    *telecom("", "", office="Business"),
    extension("Type", "guarantor-type", "valueString"),
    field("RelationToPatient", "relationship", RELATIONSHIP),
    *organization("Employer.", _EMPLOYER),
)

INSURANCE = FieldMap(
    "Coverage",
    leaves_of(coverage.Insurance),
    const("status", "active"),
    const("beneficiary", SUBJECT),
    field("Plan.ID", f"{_PLAN}value"),
    extension("Plan.IDType", "plan-id-type", "valueString", at=_PLAN),
    field("Plan.Name", f"{_PLAN}name"),
    const(f"{_PLAN}_value", ABSENT, unless="value"),
    field("Plan.Type", "type.text"),
    field("GroupNumber", f"{_GROUP}value"),
    field("GroupName", f"{_GROUP}name"),
    const(f"{_GROUP}_value", ABSENT, unless="value"),
    field("MemberNumber", f"{_MEMBER}value"),
    field("PolicyNumber", "identifier[system=urn:redox:policy-number].value"),
    field(
        ("EffectiveDate", "ExpirationDate"),
        ("period.start", "period.end", f"extension[url={OURS}expiration-date].valueDate"),
        PERIOD,
    ),
    field("Priority", ("order", f"extension[url={OURS}priority].valueString"), PRIORITY),
    extension("AgreementType", "agreement-type", "valueString"),
    extension("CoverageType", "coverage-type", "valueString"),
    field("Company.ID", f"{_COMPANY}identifier.value"),
    field("Company.IDType", (f"{_COMPANY}identifier.system", f"{_COMPANY}identifier.type.text"), ID_TYPE),
    *organization("Company.", _COMPANY),
    const("payor", [ABSENT]),
    each("Insured.Identifiers[]", f"{_INSURED}identifier[]", IDENTIFIER),
    *full_name("Insured.", _INSURED),
    *ssn("Insured.", _INSURED),
    field("Insured.DOB", f"{_INSURED}birthDate"),
    *sex("Insured.", _INSURED),
    one("Insured.Address", f"{_INSURED}address", ADDRESS),
    const(f"{_INSURED}patient", SUBJECT),
    field("Insured.Relationship", "relationship", SUBSCRIBER_RELATIONSHIP),
)


def account(above: str) -> tuple[Row, ...]:
    """Return the rows of guarantor and insurances; `above` is the path of the Account and ends in a dot."""
    return (
        one("Guarantor", f"{above}guarantor.party->RelatedPerson#guarantor", GUARANTOR),
        each("Insurances[]", f"{above}coverage[].coverage->Coverage", INSURANCE, called="insurance"),
        const(f"{above}status", "unknown"),
        const(f"{above}subject", [SUBJECT]),
    )
