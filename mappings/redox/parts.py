"""The blocks that Redox's data models share: people, places, providers and codes, one class a block."""

from __future__ import annotations

from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    AllergyStatus,
    Block,
    Date,
    DateTime,
    DiagnosisType,
    Flag,
    MaritalStatus,
    Number,
    Race,
    Relationship,
    Sex,
    Text,
    said,
)


class Identifier(Block):
    """An identifier of which both halves are due."""

    id: Text = said("ID", RELIABLE, required=True)
    id_type: Text = said("IDType", RELIABLE, required=True)


class LooseIdentifier(Block):
    """An identifier of which either half may be missing."""

    id: Text | None = said("ID", RELIABLE)
    id_type: Text | None = said("IDType", RELIABLE)


class Address(Block):
    """A postal address."""

    street_address: Text | None = said("StreetAddress", PROBABLE)
    city: Text | None = said("City", PROBABLE)
    state: Text | None = said("State", PROBABLE)
    zip: Text | None = said("ZIP", PROBABLE)
    county: Text | None = said("County", POSSIBLE)
    country: Text | None = said("Country", POSSIBLE)


class PhoneNumber(Block):
    """The telephone numbers of a person, E.164."""

    home: Text | None = said("Home", PROBABLE)
    office: Text | None = said("Office", PROBABLE)
    mobile: Text | None = said("Mobile", PROBABLE)


class OfficePhone(Block):
    """The telephone number of a provider, E.164."""

    office: Text | None = said("Office", POSSIBLE)


class GuarantorPhone(Block):
    """The telephone numbers of a guarantor, E.164; Business is what others call Office."""

    home: Text | None = said("Home", PROBABLE)
    business: Text | None = said("Business", PROBABLE)
    mobile: Text | None = said("Mobile", PROBABLE)


class CodedValue(Block):
    """A code whose words are its Description."""

    code: Text | None = said("Code", PROBABLE)
    codeset: Text | None = said("Codeset", PROBABLE)
    description: Text | None = said("Description", PROBABLE)


class NamedCode(Block):
    """A code whose words are its Name."""

    code: Text | None = said("Code", POSSIBLE)
    codeset: Text | None = said("Codeset", POSSIBLE)
    name: Text | None = said("Name", POSSIBLE)


class Demographics(Block):
    """Who a person is."""

    first_name: Text | None = said("FirstName", RELIABLE)
    middle_name: Text | None = said("MiddleName", POSSIBLE)
    last_name: Text | None = said("LastName", RELIABLE)
    dob: Date | None = said("DOB", RELIABLE)
    ssn: Text | None = said("SSN", PROBABLE)
    sex: Sex | None = said("Sex", RELIABLE)
    race: Race | None = said("Race", POSSIBLE)
    is_hispanic: Flag | None = said("IsHispanic", POSSIBLE)
    religion: Text | None = said("Religion", POSSIBLE)
    marital_status: MaritalStatus | None = said("MaritalStatus", POSSIBLE)
    is_deceased: Flag | None = said("IsDeceased", POSSIBLE)
    death_date_time: DateTime | None = said("DeathDateTime", POSSIBLE)
    phone_number: PhoneNumber | None = said("PhoneNumber")
    email_addresses: list[Text] | None = said("EmailAddresses", PROBABLE)
    language: Text | None = said("Language", POSSIBLE)
    citizenship: list[Text] | None = said("Citizenship", POSSIBLE)
    address: Address | None = said("Address", PROBABLE)


class Contact(Block):
    """Somebody to turn to about a patient."""

    first_name: Text | None = said("FirstName", POSSIBLE)
    middle_name: Text | None = said("MiddleName", POSSIBLE)
    last_name: Text | None = said("LastName", POSSIBLE)
    address: Address | None = said("Address", POSSIBLE, within=POSSIBLE)
    phone_number: PhoneNumber | None = said("PhoneNumber", within={"Home": POSSIBLE, "Office": POSSIBLE})
    relation_to_patient: Relationship | None = said("RelationToPatient", POSSIBLE)
    email_addresses: list[Text] | None = said("EmailAddresses", POSSIBLE)
    roles: list[Text] | None = said("Roles", POSSIBLE)


class Diagnosis(Block):
    """What ails a patient; Codeset is open (ICD-10, ICD-9, HCPCS, CPT ...)."""

    code: Text | None = said("Code", PROBABLE)
    codeset: Text | None = said("Codeset", PROBABLE)
    name: Text | None = said("Name", PROBABLE)
    type: DiagnosisType | None = said("Type", POSSIBLE)
    documented_date_time: DateTime | None = said("DocumentedDateTime", POSSIBLE)


class Allergy(Block):
    """What a patient must be spared."""

    code: Text | None = said("Code", POSSIBLE)
    codeset: Text | None = said("Codeset", POSSIBLE)
    name: Text | None = said("Name", POSSIBLE)
    type: NamedCode | None = said("Type", POSSIBLE)
    onset_date_time: DateTime | None = said("OnsetDateTime", POSSIBLE)
    reaction: list[NamedCode] | None = said("Reaction", POSSIBLE)
    severity: NamedCode | None = said("Severity", POSSIBLE)
    status: AllergyStatus | None = said("Status", POSSIBLE)


class Location(Block):
    """A place without a bed."""

    type: Text | None = said("Type", PROBABLE)
    facility: Text | None = said("Facility", PROBABLE)
    facility_identifiers: list[LooseIdentifier] | None = said("FacilityIdentifiers", PROBABLE, within=PROBABLE)
    department: Text | None = said("Department", PROBABLE)
    department_identifiers: list[LooseIdentifier] | None = said("DepartmentIdentifiers", PROBABLE, within=PROBABLE)
    room: Text | None = said("Room", PROBABLE)


class AppointmentLocation(Location):
    """The place of an appointment, of which the department is due."""

    department: Text = said("Department", PROBABLE, required=True)


class BedLocation(Location):
    """A place down to the bed."""

    bed: Text | None = said("Bed", PROBABLE)


class VisitLocation(BedLocation):
    """A place down to the bed, with its address."""

    address: Address | None = said("Address", PROBABLE)


class Provider(Block):
    """Somebody who cares for a patient."""

    id: Text | None = said("ID", PROBABLE)
    id_type: Text | None = said("IDType", PROBABLE)
    first_name: Text | None = said("FirstName", POSSIBLE)
    last_name: Text | None = said("LastName", POSSIBLE)
    credentials: list[Text] | None = said("Credentials", POSSIBLE)
    address: Address | None = said("Address", POSSIBLE, within=POSSIBLE)
    email_addresses: list[Text] | None = said("EmailAddresses", PROBABLE)
    phone_number: OfficePhone | None = said("PhoneNumber")
    location: Location | None = said("Location", POSSIBLE, within=POSSIBLE)


class PCP(Block):
    """The general practitioner of a patient: a provider who may say an NPI beside the ID."""

    npi: Text | None = said("NPI", RELIABLE)
    id: Text | None = said("ID", RELIABLE)
    id_type: Text | None = said("IDType", RELIABLE)
    first_name: Text | None = said("FirstName", POSSIBLE)
    last_name: Text | None = said("LastName", POSSIBLE)
    credentials: list[Text] | None = said("Credentials", POSSIBLE)
    address: Address | None = said("Address", POSSIBLE, within=POSSIBLE)
    email_addresses: list[Text] | None = said("EmailAddresses", PROBABLE)
    phone_number: OfficePhone | None = said("PhoneNumber")
    location: Location | None = said("Location", POSSIBLE, within=POSSIBLE)


class Staff(Provider):
    """Somebody else who takes part in a visit, and as what."""

    role: CodedValue | None = said("Role", PROBABLE)


class ScheduledStaff(Staff):
    """Somebody who takes part in an appointment, and when; Duration in minutes."""

    start_date_time: DateTime | None = said("StartDateTime", PROBABLE)
    duration: Number | None = said("Duration", PROBABLE)


class Equipment(CodedValue):
    """A thing that an appointment needs, and when; Duration in minutes."""

    start_date_time: DateTime | None = said("StartDateTime", PROBABLE, unsupported_by_dod=True)
    duration: Number | None = said("Duration", PROBABLE, unsupported_by_dod=True)


class AppointmentInfo(CodedValue):
    """A question asked when an appointment was made, and its answer."""

    value: Text | None = said("Value", RELIABLE)
