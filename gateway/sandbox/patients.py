"""The invented people of the sandbox, their providers and their locations.

No person is real; the telephone numbers and the social security numbers belong to no one.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

FACILITY = "Harbor Point Hospital"
CLINIC = "Harbor Point Clinics"

_HOSPITAL_ADDRESS = {
    "StreetAddress": "1 Breakwater Way",
    "City": "Port Ellery",
    "State": "ME",
    "ZIP": "04999",
    "County": "Lincoln",
    "Country": "US",
}


def address(street: str, zip_code: str = "04998") -> Json:
    """Return an address in the invented town."""
    return {
        "StreetAddress": street,
        "City": "Port Ellery",
        "State": "ME",
        "ZIP": zip_code,
        "County": "Lincoln",
        "Country": "US",
    }


def _provider(npi: str, first: str, last: str, department: str) -> Json:
    return {
        "ID": npi,
        "IDType": "NPI",
        "FirstName": first,
        "LastName": last,
        "Credentials": ["MD"],
        "PhoneNumber": {"Office": "+12075550140"},
        "Location": {"Facility": FACILITY, "Department": department},
    }


ADEYEMI = _provider("1098765432", "Folake", "Adeyemi", "4 North")
BRANDT = _provider("1987654321", "Henrik", "Brandt", "Cardiology Clinic")
SOLIS = _provider("1876543210", "Rocio", "Solis", "Pediatrics")


def _patient(number: str, first: str, last: str, born: str, sex: str, **more: Any) -> Json:
    return {
        "Identifiers": [{"ID": number, "IDType": "MR"}, *more.get("also", ())],
        "Demographics": {
            "FirstName": first,
            "LastName": last,
            "DOB": born,
            "Sex": sex,
            "Language": "en",
            **more.get("demographics", {}),
        },
        **more.get("rest", {}),
    }


MARISOL = _patient(
    "HP-100204",
    "Marisol",
    "Okonkwo",
    "1984-03-09",
    "Female",
    also=({"ID": "EN-7700412", "IDType": "EHRID"},),
    demographics={
        "MiddleName": "Inés",
        "SSN": "000-41-2204",
        "Race": "Other Race",
        "IsHispanic": True,
        "MaritalStatus": "Married",
        "IsDeceased": False,
        "PhoneNumber": {"Home": "+12075550104", "Mobile": "+12075550105"},
        "EmailAddresses": ["marisol.okonkwo@example.org"],
        "Language": "es",
        "Citizenship": ["US"],
        "Address": address("88 Kelp Lane"),
    },
    rest={
        "Notes": ["Prefers to be called in the evening"],
        "Contacts": [
            {
                "FirstName": "Chidi",
                "LastName": "Okonkwo",
                "PhoneNumber": {"Mobile": "+12075550106"},
                "RelationToPatient": "Spouse",
                "Roles": ["Emergency Contact"],
            }
        ],
        "PCP": {
            "NPI": "1765432109",
            "ID": "1765432109",
            "IDType": "NPI",
            "FirstName": "Astrid",
            "LastName": "Pelletier",
            "Credentials": ["DO"],
        },
    },
)

TEODOR = _patient(
    "HP-100377",
    "Teodor",
    "Vasquell",
    "1951-11-30",
    "Male",
    demographics={
        "SSN": "000-52-3377",
        "MaritalStatus": "Widowed",
        "PhoneNumber": {"Home": "+12075550110"},
        "Address": address("3 Old Ropewalk"),
    },
)

IMANI = _patient(
    "HP-100581",
    "Imani",
    "Delacroix",
    "2019-06-02",
    "Female",
    demographics={"PhoneNumber": {"Home": "+12075550117"}, "Address": address("12 Mussel Court")},
    rest={
        "Contacts": [
            {
                "FirstName": "Odette",
                "LastName": "Delacroix",
                "PhoneNumber": {"Mobile": "+12075550118"},
                "RelationToPatient": "Mother",
                "Roles": ["Emergency Contact", "Legal Guardian"],
            }
        ]
    },
)

BERTRAM = _patient(
    "HP-100640",
    "Bertram",
    "Oyelaran",
    "1968-01-17",
    "Male",
    demographics={"PhoneNumber": {"Mobile": "+12075550121"}, "Address": address("240 Quarry Road", "04997")},
)

JUN = _patient(
    "HP-100877",
    "Jun",
    "Halvorsen",
    "1990-07-21",
    "Male",
    demographics={"PhoneNumber": {"Mobile": "+12075550125"}, "Address": address("7 Signal Street")},
)

OTHER_JUN = _patient(
    "HP-100913",
    "Jun",
    "Halvorsen",
    "1990-07-21",
    "Male",
    demographics={"PhoneNumber": {"Mobile": "+12075550126"}, "Address": address("59 Ferry Street")},
)

SUNNIVA = _patient(
    "HP-100931",
    "Sunniva",
    "Achterberg",
    "1977-09-14",
    "Female",
    demographics={
        "SSN": "000-63-0931",
        "PhoneNumber": {"Mobile": "+12075550130"},
        "EmailAddresses": ["sunniva@example.org"],
        "Address": address("31 Cannery Row"),
    },
)

SUNNIVA_MOVED = {
    **SUNNIVA,
    "Demographics": {**SUNNIVA["Demographics"], "Address": address("4 Lighthouse Hill", "04996")},
}

SUNNIVA_TWICE = _patient("HP-100950", "Sunniva", "Achterberg", "1977-09-14", "Female")

INSURANCE = {
    "Plan": {"ID": "31180", "IDType": "Payor ID", "Name": "Tidewater Choice"},
    "Company": {"ID": "61001", "Name": "Tidewater Mutual", "PhoneNumber": "+12075550190"},
    "GroupNumber": "HBR-0042",
    "GroupName": "Breakwater Boatworks",
    "EffectiveDate": "2024-01-01",
    "PolicyNumber": "TW-5580031",
    "Priority": "1",
    "AgreementType": "Standard",
    "CoverageType": "Insurance",
    "Insured": {"Relationship": "Self"},
}

GUARANTOR = {
    "Number": "G-20411",
    "FirstName": "Marisol",
    "LastName": "Okonkwo",
    "PhoneNumber": {"Home": "+12075550104"},
    "RelationToPatient": "Self",
}


def bed(department: str, room: str, name: str) -> Json:
    """Return the location of a bed of the hospital."""
    return {
        "Type": "Inpatient",
        "Facility": FACILITY,
        "Department": department,
        "Room": room,
        "Bed": name,
        "Address": _HOSPITAL_ADDRESS,
    }


def clinic(department: str, room: str) -> Json:
    """Return the location of a room of the clinics."""
    return {"Type": "Clinic", "Facility": CLINIC, "Department": department, "Room": room}
