"""The blocks that Redox's data models share: people, places, providers and codes, one class for each block."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    AllergyStatus,
    BirthDate,
    Block,
    DateTime,
    DiagnosisType,
    Flag,
    Id,
    MaritalStatus,
    Number,
    Race,
    Relationship,
    Sex,
    Text,
    Word,
    redox_field,
)


class Identifier(Block):
    """An identifier whose ID and IDType are required."""

    id: Id = redox_field("ID", RELIABLE, required=True)
    id_type: Id = redox_field("IDType", RELIABLE, required=True)


class LooseIdentifier(Block):
    """An identifier whose ID or IDType may be absent."""

    id: Id | None = redox_field("ID", RELIABLE)
    id_type: Id | None = redox_field("IDType", RELIABLE)


class Address(Block):
    """A postal address."""

    street_address: Text | None = redox_field("StreetAddress", PROBABLE)
    city: Text | None = redox_field("City", PROBABLE)
    state: Text | None = redox_field("State", PROBABLE)
    zip: Text | None = redox_field("ZIP", PROBABLE)
    county: Text | None = redox_field("County", POSSIBLE)
    country: Text | None = redox_field("Country", POSSIBLE)


class PhoneNumber(Block):
    """The telephone numbers of a person, E.164."""

    home: Text | None = redox_field("Home", PROBABLE)
    office: Text | None = redox_field("Office", PROBABLE)
    mobile: Text | None = redox_field("Mobile", PROBABLE)


class OfficePhone(Block):
    """The telephone number of a provider, E.164."""

    office: Text | None = redox_field("Office", POSSIBLE)


class GuarantorPhone(Block):
    """The telephone numbers of a guarantor, E.164; other blocks call the member Business Office."""

    home: Text | None = redox_field("Home", PROBABLE)
    business: Text | None = redox_field("Business", PROBABLE)
    mobile: Text | None = redox_field("Mobile", PROBABLE)


class CodedValue(Block):
    """A code whose text is in Description."""

    code: Word | None = redox_field("Code", PROBABLE)
    codeset: Word | None = redox_field("Codeset", PROBABLE)
    description: Text | None = redox_field("Description", PROBABLE)


class NamedCode(Block):
    """A code whose text is in Name."""

    code: Word | None = redox_field("Code", POSSIBLE)
    codeset: Word | None = redox_field("Codeset", POSSIBLE)
    name: Text | None = redox_field("Name", POSSIBLE)


class Demographics(Block):
    """The demographics of a person."""

    first_name: Text | None = redox_field("FirstName", RELIABLE)
    middle_name: Text | None = redox_field("MiddleName", POSSIBLE)
    last_name: Text | None = redox_field("LastName", RELIABLE)
    dob: BirthDate | None = redox_field("DOB", RELIABLE)
    ssn: Id | None = redox_field("SSN", PROBABLE)
    sex: Sex | None = redox_field("Sex", RELIABLE)
    race: Race | None = redox_field("Race", POSSIBLE)
    is_hispanic: Flag | None = redox_field("IsHispanic", POSSIBLE)
    religion: Text | None = redox_field("Religion", POSSIBLE)
    marital_status: MaritalStatus | None = redox_field("MaritalStatus", POSSIBLE)
    is_deceased: Flag | None = redox_field("IsDeceased", POSSIBLE)
    death_date_time: DateTime | None = redox_field("DeathDateTime", POSSIBLE)
    phone_number: PhoneNumber | None = redox_field("PhoneNumber")
    email_addresses: list[Text] | None = redox_field("EmailAddresses", PROBABLE)
    language: Word | None = redox_field("Language", POSSIBLE)
    citizenship: list[Word] | None = redox_field("Citizenship", POSSIBLE)
    address: Address | None = redox_field("Address", PROBABLE)


class Contact(Block):
    """A contact person of a patient."""

    first_name: Text | None = redox_field("FirstName", POSSIBLE)
    middle_name: Text | None = redox_field("MiddleName", POSSIBLE)
    last_name: Text | None = redox_field("LastName", POSSIBLE)
    address: Address | None = redox_field("Address", POSSIBLE, within=POSSIBLE)
    phone_number: PhoneNumber | None = redox_field("PhoneNumber", within={"Home": POSSIBLE, "Office": POSSIBLE})
    relation_to_patient: Relationship | None = redox_field("RelationToPatient", POSSIBLE)
    email_addresses: list[Text] | None = redox_field("EmailAddresses", POSSIBLE)
    roles: list[Word] | None = redox_field("Roles", POSSIBLE)


class Diagnosis(Block):
    """A diagnosis of a patient; Codeset is open (ICD-10, ICD-9, HCPCS, CPT ...)."""

    code: Word | None = redox_field("Code", PROBABLE)
    codeset: Word | None = redox_field("Codeset", PROBABLE)
    name: Text | None = redox_field("Name", PROBABLE)
    type: DiagnosisType | None = redox_field("Type", POSSIBLE)
    documented_date_time: DateTime | None = redox_field("DocumentedDateTime", POSSIBLE)


class Allergy(Block):
    """An allergy of a patient."""

    code: Word | None = redox_field("Code", POSSIBLE)
    codeset: Word | None = redox_field("Codeset", POSSIBLE)
    name: Text | None = redox_field("Name", POSSIBLE)
    type: NamedCode | None = redox_field("Type", POSSIBLE)
    onset_date_time: DateTime | None = redox_field("OnsetDateTime", POSSIBLE)
    reaction: list[NamedCode] | None = redox_field("Reaction", POSSIBLE)
    severity: NamedCode | None = redox_field("Severity", POSSIBLE)
    status: AllergyStatus | None = redox_field("Status", POSSIBLE)


class Location(Block):
    """A place without a bed."""

    type: Text | None = redox_field("Type", PROBABLE)
    facility: Text | None = redox_field("Facility", PROBABLE)
    facility_identifiers: list[LooseIdentifier] | None = redox_field("FacilityIdentifiers", PROBABLE, within=PROBABLE)
    department: Text | None = redox_field("Department", PROBABLE)
    department_identifiers: list[LooseIdentifier] | None = redox_field(
        "DepartmentIdentifiers", PROBABLE, within=PROBABLE
    )
    room: Text | None = redox_field("Room", PROBABLE)


class AppointmentLocation(Location):
    """The place of an appointment; its department is required."""

    department: Text = redox_field("Department", PROBABLE, required=True)


class BedLocation(Location):
    """A place down to the bed."""

    bed: Text | None = redox_field("Bed", PROBABLE)


class VisitLocation(BedLocation):
    """A place down to the bed, with its address."""

    address: Address | None = redox_field("Address", PROBABLE)


class Provider(Block):
    """A provider of care."""

    id: Id | None = redox_field("ID", PROBABLE)
    id_type: Id | None = redox_field("IDType", PROBABLE)
    first_name: Text | None = redox_field("FirstName", POSSIBLE)
    last_name: Text | None = redox_field("LastName", POSSIBLE)
    credentials: list[Text] | None = redox_field("Credentials", POSSIBLE)
    address: Address | None = redox_field("Address", POSSIBLE, within=POSSIBLE)
    email_addresses: list[Text] | None = redox_field("EmailAddresses", PROBABLE)
    phone_number: OfficePhone | None = redox_field("PhoneNumber")
    location: Location | None = redox_field("Location", POSSIBLE, within=POSSIBLE)


class PCP(Block):
    """The general practitioner of a patient: a provider who may have an NPI beside the ID."""

    npi: Id | None = redox_field("NPI", RELIABLE)
    id: Id | None = redox_field("ID", RELIABLE)
    id_type: Id | None = redox_field("IDType", RELIABLE)
    first_name: Text | None = redox_field("FirstName", POSSIBLE)
    last_name: Text | None = redox_field("LastName", POSSIBLE)
    credentials: list[Text] | None = redox_field("Credentials", POSSIBLE)
    address: Address | None = redox_field("Address", POSSIBLE, within=POSSIBLE)
    email_addresses: list[Text] | None = redox_field("EmailAddresses", PROBABLE)
    phone_number: OfficePhone | None = redox_field("PhoneNumber")
    location: Location | None = redox_field("Location", POSSIBLE, within=POSSIBLE)


class Staff(Provider):
    """A further provider who takes part in a visit, with a role."""

    role: CodedValue | None = redox_field("Role", PROBABLE)


class ScheduledStaff(Staff):
    """A provider who takes part in an appointment, with the time; Duration in minutes."""

    start_date_time: DateTime | None = redox_field("StartDateTime", PROBABLE)
    duration: Number | None = redox_field("Duration", PROBABLE)


class Equipment(CodedValue):
    """Equipment that an appointment needs, with the time; Duration in minutes."""

    start_date_time: DateTime | None = redox_field("StartDateTime", PROBABLE, unsupported_by_dod=True)
    duration: Number | None = redox_field("Duration", PROBABLE, unsupported_by_dod=True)


class AppointmentInfo(CodedValue):
    """A question asked when an appointment was made, and its answer."""

    value: Text | None = redox_field("Value", RELIABLE)
