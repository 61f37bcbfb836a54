"""Who pays: guarantors and insurances."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    AgreementType,
    Block,
    CoverageType,
    Date,
    Relationship,
    Sex,
    Text,
    said,
)
from mappings.redox.parts import Address, GuarantorPhone, LooseIdentifier


class Spouse(Block):
    """The spouse of a guarantor."""

    first_name: Text | None = said("FirstName", PROBABLE)
    last_name: Text | None = said("LastName", PROBABLE)


class Employer(Block):
    """The employer of a guarantor."""

    name: Text | None = said("Name", PROBABLE)
    address: Address | None = said("Address", PROBABLE)
    phone_number: Text | None = said("PhoneNumber", PROBABLE)


class Guarantor(Block):
    """Who answers for the bill."""

    number: Text | None = said("Number", PROBABLE)
    first_name: Text | None = said("FirstName", PROBABLE)
    middle_name: Text | None = said("MiddleName", POSSIBLE)
    last_name: Text | None = said("LastName", PROBABLE)
    ssn: Text | None = said("SSN", POSSIBLE)
    dob: Date | None = said("DOB", POSSIBLE)
    sex: Sex | None = said("Sex", POSSIBLE)
    spouse: Spouse | None = said("Spouse")
    address: Address | None = said("Address", PROBABLE)
    phone_number: GuarantorPhone | None = said("PhoneNumber")
    email_addresses: list[Text] | None = said("EmailAddresses", PROBABLE)
    type: Text | None = said("Type", PROBABLE)
    relation_to_patient: Relationship | None = said("RelationToPatient", PROBABLE)
    employer: Employer | None = said("Employer")


class Plan(Block):
    """What an insurance covers, by name."""

    id: Text | None = said("ID", PROBABLE)
    id_type: Text | None = said("IDType", PROBABLE)
    name: Text | None = said("Name", PROBABLE)
    type: Text | None = said("Type", POSSIBLE)


class Company(Block):
    """Who insures."""

    id: Text | None = said("ID", PROBABLE)
    id_type: Text | None = said("IDType", PROBABLE)
    name: Text | None = said("Name", PROBABLE)
    address: Address | None = said("Address", PROBABLE)
    phone_number: Text | None = said("PhoneNumber", PROBABLE)


class Insured(Block):
    """Who holds the policy."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", POSSIBLE, within=POSSIBLE)
    last_name: Text | None = said("LastName", POSSIBLE)
    middle_name: Text | None = said("MiddleName", POSSIBLE)
    first_name: Text | None = said("FirstName", POSSIBLE)
    ssn: Text | None = said("SSN", POSSIBLE)
    relationship: Relationship | None = said("Relationship", POSSIBLE)
    dob: Date | None = said("DOB", POSSIBLE)
    sex: Sex | None = said("Sex", POSSIBLE)
    address: Address | None = said("Address", PROBABLE)


class Insurance(Block):
    """One insurance of a patient."""

    plan: Plan | None = said("Plan")
    member_number: Text | None = said("MemberNumber", POSSIBLE)
    company: Company | None = said("Company")
    group_number: Text | None = said("GroupNumber", PROBABLE)
    group_name: Text | None = said("GroupName", PROBABLE)
    effective_date: Date | None = said("EffectiveDate", PROBABLE)
    expiration_date: Date | None = said("ExpirationDate", PROBABLE)
    policy_number: Text | None = said("PolicyNumber", PROBABLE)
    priority: Text | None = said("Priority", POSSIBLE)
    agreement_type: AgreementType | None = said("AgreementType", PROBABLE)
    coverage_type: CoverageType | None = said("CoverageType", PROBABLE)
    insured: Insured | None = said("Insured", POSSIBLE)
