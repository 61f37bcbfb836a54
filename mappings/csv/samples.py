"""Samples: the meaning of each column of a template, a value for each, and rows of invented people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from mappings.csv.templates import Template, unnumbered

_MEANINGS: Mapping[str, tuple[str, str]] = {
    "AccountNumber": ("number of the account that is billed", "A-77120"),
    "AgreementType": ("kind of agreement with the insurer", "Standard"),
    "Balance": ("what is still to be paid", "25.5"),
    "Bed": ("bed", "B"),
    "Business": ("telephone number at work, E.164", "+16085550190"),
    "Citizenship": ("country whose citizen the person is, ISO 3166", "US"),
    "City": ("city", "Madison"),
    "Code": ("code", "R05"),
    "Codeset": ("what the code is of", "ICD-10"),
    "Country": ("country", "US"),
    "County": ("county", "Dane"),
    "CoverageType": ("who covers", "Insurance"),
    "Credentials": ("letters behind the name", "MD"),
    "DOB": ("birth date", "1980-02-03"),
    "DeathDateTime": ("when the person died", "2026-10-01T04:30"),
    "Department": ("department", "3N"),
    "Description": ("the code in words", "Interpreter needed"),
    "DiagnosisRelatedGroup": ("diagnosis-related group", "190"),
    "DiagnosisRelatedGroupType": ("version of the diagnosis-related group", "8"),
    "DocumentedDateTime": ("when it was written down", "2026-11-02T09:00"),
    "Duration": ("minutes", "30"),
    "EffectiveDate": ("first day of the insurance", "2026-01-01"),
    "EmailAddresses": ("e-mail address", "ada.quill@example.org"),
    "EventDateTime": ("when the row was true, in place of --extracted-at", "2026-11-20T08:00:00Z"),
    "ExpirationDate": ("last day of the insurance", "2027-12-31"),
    "Facility": ("facility", "Riverside"),
    "FacilityCode": ("code of the facility that sends", "RV"),
    "FirstName": ("first name", "Ada"),
    "GroupName": ("name of the insured group", "Riverside Staff"),
    "GroupNumber": ("number of the insured group", "G-100"),
    "Home": ("telephone number at home, E.164", "+16085550100"),
    "ID": ("identifier", "7001"),
    "IDType": ("what the identifier is of: MR for a medical record number, NPI, ...", "MR"),
    "Instructions": ("what the patient is to do", "Bring all medicines"),
    "IsDeceased": ("whether the person has died: true or false", "false"),
    "IsHispanic": ("whether the person is Hispanic: true or false", "false"),
    "Language": ("language, ISO 639-1", "en"),
    "LastName": ("last name", "Quill"),
    "MaritalStatus": ("marital status", "Married"),
    "MemberNumber": ("number as a member", "M-5512"),
    "MiddleName": ("middle name", "June"),
    "Mobile": ("mobile number, E.164", "+16085550102"),
    "NPI": ("national provider identifier", "4356789876"),
    "Name": ("name", "Cough"),
    "Notes": ("note", "Prefers mornings"),
    "Number": ("number as a guarantor", "G-9001"),
    "Office": ("telephone number at the office, E.164", "+16085550101"),
    "OnsetDateTime": ("when it began", "2019-05-01"),
    "PatientClass": ("class of the visit: Inpatient, Outpatient, Emergency, ...", "Inpatient"),
    "PhoneNumber": ("telephone number, E.164", "+16085550150"),
    "PolicyNumber": ("number of the policy", "P-330917"),
    "Priority": ("which insurance pays first: 1, 2, ...", "1"),
    "Race": ("race", "White"),
    "Reason": ("reason for the visit", "Cough"),
    "RelationToPatient": ("what this person is to the patient", "Spouse"),
    "Relationship": ("what the insured person is to the patient", "Self"),
    "Religion": ("religion", "Quaker"),
    "Roles": ("what the person is asked for", "Emergency Contact"),
    "Room": ("room", "136"),
    "SSN": ("social security number", "987-65-4320"),
    "Sex": ("sex", "Female"),
    "StartDateTime": ("when it starts", "2026-12-01T09:30"),
    "State": ("state", "WI"),
    "Status": ("state of the appointment: Scheduled, Arrived, ...", "Scheduled"),
    "StreetAddress": ("street and number", "12 Elm Street"),
    "Test": ("whether the row is a test: true or false", "false"),
    "Type": ("kind", "Clinic"),
    "Value": ("answer", "Spanish"),
    "VisitDateTime": ("when the visit starts or started", "2026-12-01T09:30"),
    "VisitNumber": ("number of the visit", "V-1001"),
    "ZIP": ("ZIP", "53703"),
}

_IN_PLACES: Mapping[str, tuple[str, str]] = {
    "Allergies[].Status": ("whether the allergy is still there", "Active"),
    "Company.Name": ("name of the insurer", "Northern Mutual"),
    "Diagnoses[].Type": ("kind of diagnosis", "Working"),
    "Employer.Name": ("name of the employer", "Quill and Daughters"),
    "Plan.Name": ("name of the plan", "Silver"),
    "Source.ID": ("id of who sends", "5a4d0b0e-0000-4000-8000-0000000000aa"),
    "Source.Name": ("name of who sends", "Riverside reports"),
}
"""Paths at whose end a name has another meaning than elsewhere."""

_UNFILLED = ("Meta.EventDateTime", "Patient.Demographics.DeathDateTime")
"""Columns that are empty in the examples: the time of the row, and the time of a death."""


def meaning_of(path: str) -> tuple[str, str]:
    """Return the meaning of a path and a value that it can have; the lists of the path are not numbered."""
    name = path.rpartition(".")[2].removesuffix("[]")
    return next((said for place, said in _IN_PLACES.items() if path.endswith(place)), _MEANINGS[name])


def _person(number: int, first: str, last: str, dob: str, sex: str) -> dict[str, str]:
    home = "Patient.Demographics.Address"
    return {
        "Patient.Identifiers[1].ID": f"700{number}",
        "Patient.Identifiers[1].IDType": "MR",
        "Patient.Identifiers[2].ID": f"E-90{number}",
        "Patient.Identifiers[2].IDType": "EPI",
        "Patient.Demographics.FirstName": first,
        "Patient.Demographics.LastName": last,
        "Patient.Demographics.DOB": dob,
        "Patient.Demographics.Sex": sex,
        f"{home}.StreetAddress": f"{number}2 Elm Street",
        f"{home}.City": "Madison",
        f"{home}.State": "WI",
        f"{home}.ZIP": "53703",
        "Patient.Demographics.PhoneNumber.Home": f"+1608555010{number}",
        "Patient.Demographics.Language": "en",
    }


_PEOPLE = (
    _person(1, "Ada", "Quill", "1980-02-03", "Female"),
    _person(2, "Tomasz", "Wren, Jr.", "1951-11-30", "Male"),
    _person(3, "Ngozi", "Halloway", "2019-07-14", "Unknown"),
)


def _provider() -> dict[str, str]:
    above = "Visit.AttendingProvider"
    said = {"ID": "4356789876", "IDType": "NPI", "FirstName": "Pat", "LastName": "Okafor"}
    return {f"{above}.{leaf}": text for leaf, text in said.items()}


def _appointment(number: int, time: str) -> dict[str, str]:
    return {
        "Visit.VisitNumber": f"B-100{number}",
        "Visit.VisitDateTime": time,
        "Visit.Duration": f"{10 * number + 10}",
        "Visit.Reason": "Follow up",
        "Visit.Status": "Scheduled",
        "Visit.Location.Facility": "Riverside",
        "Visit.Location.Department": "Allergy",
        **_provider(),
    }


def _stay(number: int, time: str) -> dict[str, str]:
    return {
        "Visit.VisitNumber": f"V-100{number}",
        "Visit.PatientClass": "Inpatient",
        "Visit.VisitDateTime": time,
        "Visit.Location.Facility": "Riverside",
        "Visit.Location.Department": "3N",
        "Visit.Location.Room": f"13{number}",
        "Visit.Location.Bed": "A",
        **_provider(),
    }


_ROWS: Mapping[str, Iterable[Mapping[str, str]]] = {
    "patients": _PEOPLE,
    "appointments": [
        {**person, **_appointment(number, f"2026-12-0{number}T09:30")} for number, person in enumerate(_PEOPLE, 1)
    ],
    "visits": [{**person, **_stay(number, f"2026-11-1{number}T14:05")} for number, person in enumerate(_PEOPLE, 1)],
}


def examples(template: Template, columns: Iterable[str]) -> list[list[str]]:
    """Return rows of invented people with a text for each column; the first row fills almost all columns."""
    first, *others = ({column: row.get(column, "") for column in columns} for row in _ROWS[template.name])
    filled = {column: text or _sample(column) for column, text in first.items()}
    return [list(row.values()) for row in chain([filled], others)]


def _sample(column: str) -> str:
    return "" if column in _UNFILLED else meaning_of(unnumbered(column))[1] + _ordinal(column)


def _ordinal(column: str) -> str:
    """Return the end of an identifier that makes it differ from the others of its list."""
    return f"-{column.rpartition('[')[2][0]}" if column.endswith(".ID") and "Identifiers[" in column else ""
