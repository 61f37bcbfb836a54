"""Guarantors and insurances: the people and companies that pay for care."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    AgreementType,
    Block,
    CoverageType,
    Date,
    Id,
    Relationship,
    Sex,
    Text,
    Word,
    redox_field,
)
from mappings.redox.parts import Address, GuarantorPhone, LooseIdentifier


class Spouse(Block):
    """The spouse of a guarantor."""

    first_name: Text | None = redox_field("FirstName", PROBABLE)
    last_name: Text | None = redox_field("LastName", PROBABLE)


class Employer(Block):
    """The employer of a guarantor."""

    name: Text | None = redox_field("Name", PROBABLE)
    address: Address | None = redox_field("Address", PROBABLE)
    phone_number: Text | None = redox_field("PhoneNumber", PROBABLE)


class Guarantor(Block):
    """The person who guarantees the payment of a patient's bills."""

    number: Id | None = redox_field("Number", PROBABLE)
    first_name: Text | None = redox_field("FirstName", PROBABLE)
    middle_name: Text | None = redox_field("MiddleName", POSSIBLE)
    last_name: Text | None = redox_field("LastName", PROBABLE)
    ssn: Id | None = redox_field("SSN", POSSIBLE)
    dob: Date | None = redox_field("DOB", POSSIBLE)
    sex: Sex | None = redox_field("Sex", POSSIBLE)
    spouse: Spouse | None = redox_field("Spouse")
    address: Address | None = redox_field("Address", PROBABLE)
    phone_number: GuarantorPhone | None = redox_field("PhoneNumber")
    email_addresses: list[Text] | None = redox_field("EmailAddresses", PROBABLE)
    type: Text | None = redox_field("Type", PROBABLE)
    relation_to_patient: Relationship | None = redox_field("RelationToPatient", PROBABLE)
    employer: Employer | None = redox_field("Employer")


class Plan(Block):
    """The plan of an insurance."""

    id: Id | None = redox_field("ID", PROBABLE)
    id_type: Id | None = redox_field("IDType", PROBABLE)
    name: Text | None = redox_field("Name", PROBABLE)
    type: Text | None = redox_field("Type", POSSIBLE)


class Company(Block):
    """The company of an insurance."""

    id: Id | None = redox_field("ID", PROBABLE)
    id_type: Id | None = redox_field("IDType", PROBABLE)
    name: Text | None = redox_field("Name", PROBABLE)
    address: Address | None = redox_field("Address", PROBABLE)
    phone_number: Text | None = redox_field("PhoneNumber", PROBABLE)


class Insured(Block):
    """The person who holds the policy."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", POSSIBLE, within=POSSIBLE)
    last_name: Text | None = redox_field("LastName", POSSIBLE)
    middle_name: Text | None = redox_field("MiddleName", POSSIBLE)
    first_name: Text | None = redox_field("FirstName", POSSIBLE)
    ssn: Id | None = redox_field("SSN", POSSIBLE)
    relationship: Relationship | None = redox_field("Relationship", POSSIBLE)
    dob: Date | None = redox_field("DOB", POSSIBLE)
    sex: Sex | None = redox_field("Sex", POSSIBLE)
    address: Address | None = redox_field("Address", PROBABLE)


class Insurance(Block):
    """One insurance of a patient."""

    plan: Plan | None = redox_field("Plan")
    member_number: Id | None = redox_field("MemberNumber", POSSIBLE)
    company: Company | None = redox_field("Company")
    group_number: Id | None = redox_field("GroupNumber", PROBABLE)
    group_name: Text | None = redox_field("GroupName", PROBABLE)
    effective_date: Date | None = redox_field("EffectiveDate", PROBABLE)
    expiration_date: Date | None = redox_field("ExpirationDate", PROBABLE)
    policy_number: Id | None = redox_field("PolicyNumber", PROBABLE)
    priority: Word | None = redox_field("Priority", POSSIBLE)
    agreement_type: AgreementType | None = redox_field("AgreementType", PROBABLE)
    coverage_type: CoverageType | None = redox_field("CoverageType", PROBABLE)
    insured: Insured | None = redox_field("Insured", POSSIBLE)
