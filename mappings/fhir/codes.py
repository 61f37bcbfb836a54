"""Code tables: Redox's words, and the codes of FHIR, HL7 v3 and HL7 v2 that they stand for."""

from __future__ import annotations

from mappings.notation import CodeTable
from mappings.redox import value_sets

V3 = "http://terminology.hl7.org/CodeSystem/v3-"
V2 = "http://terminology.hl7.org/CodeSystem/v2-"

PARTICIPATION = f"{V3}ParticipationType"

_MARITAL = f"{V3}MaritalStatus"
_V2_MARITAL = f"{V2}0002"
_ROLE = f"{V3}RoleCode"
_CONTACT = f"{V2}0131"
_SUBSCRIBER = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
_ACT = f"{V3}ActCode"
_V2_CLASS = f"{V2}0004"
_V2_DIAGNOSIS = f"{V2}0052"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_OMB = "urn:oid:2.16.840.1.113883.6.238"
_NULL = f"{V3}NullFlavor"

CODESETS: dict[str, str] = {
    "ICD-10": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-9": "http://hl7.org/fhir/sid/icd-9-cm",
    "ICD-9-CM": "http://hl7.org/fhir/sid/icd-9-cm",
    "SNOMED CT": "http://snomed.info/sct",
    "SnomedCT": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "LOINC": "http://loinc.org",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "UNII": "http://fdasis.nlm.nih.gov",
    "UB04FL17": "https://www.nubc.org/CodeSystem/PatDischargeStatus",
}
"""Well-known code sets: Redox's word, and the system. The first word of a system is read back from the system."""

RACES: dict[str, tuple[str, str, str]] = {
    "American Indian or Alaska Native": ("ombCategory", _OMB, "1002-5"),
    "Asian": ("ombCategory", _OMB, "2028-9"),
    "Black or African American": ("ombCategory", _OMB, "2054-5"),
    "Native Hawaiian or Other Pacific Islander": ("ombCategory", _OMB, "2076-8"),
    "Other Race": ("detailed", _OMB, "2131-1"),
    "Unknown": ("ombCategory", _NULL, "UNK"),
    "White": ("ombCategory", _OMB, "2106-3"),
}
"""By Redox's word: the part of US Core's extension, the system and the code. The word is the extension's text."""

ETHNICITIES: dict[bool, tuple[str, str, str]] = {
    True: ("ombCategory", _OMB, "2135-2"),
    False: ("ombCategory", _OMB, "2186-5"),
}

ALLERGY_CATEGORIES: dict[str, str] = {
    "AA": "environment",
    "DA": "medication",
    "EA": "environment",
    "FA": "food",
    "LA": "environment",
    "PA": "environment",
    "414285001": "food",
    "416098002": "medication",
    "426232007": "environment",
}
"""The FHIR category of HL7's and SNOMED's codes for a type of allergy; written beside the code, never read back."""

ENDED = CodeTable("Identifiers[].ended", {True: "old"})

GENDER = CodeTable(
    "Sex",
    {"Female": "female", "Male": "male", "Other": "other", "Nonbinary": "other", "Unknown": "unknown"},
    word_in="beside",
    covers=value_sets.SEX.words,
)

MARITAL_STATUS = CodeTable(
    "MaritalStatus",
    {
        "Annulled": (_MARITAL, "A"),
        "Common law": (_V2_MARITAL, "C"),
        "Divorced": (_MARITAL, "D"),
        "Domestic partner": (_MARITAL, "T"),
        "Interlocutory": (_MARITAL, "I"),
        "Legally Separated": (_MARITAL, "L"),
        "Living together": (_V2_MARITAL, "G"),
        "Married": (_MARITAL, "M"),
        "Other": (_V2_MARITAL, "O"),
        "Registered domestic partner": (_V2_MARITAL, "R"),
        "Separated": (_V2_MARITAL, "A"),
        "Single": (_MARITAL, "S"),
        "Unknown": (_NULL, "UNK"),
        "Unmarried": (_MARITAL, "U"),
        "Unreported": (_V2_MARITAL, "T"),
        "Widowed": (_MARITAL, "W"),
    },
    word_in="text",
    covers=value_sets.MARITAL_STATUS.words,
)

RELATIONSHIP = CodeTable(
    "RelationToPatient",
    {
        "Child": (_ROLE, "CHILD"),
        "Employer": (_CONTACT, "E"),
        "Father": (_ROLE, "FTH"),
        "Grandchild": (_ROLE, "GRNDCHILD"),
        "Grandparent": (_ROLE, "GRPRN"),
        "Life Partner": (_ROLE, "DOMPART"),
        "Mother": (_ROLE, "MTH"),
        "Other": (_CONTACT, "O"),
        "Parent": (_ROLE, "PRN"),
        "Self": (_ROLE, "ONESELF"),
        "Sibling": (_ROLE, "SIB"),
        "Spouse": (_ROLE, "SPS"),
        "Unknown": (_CONTACT, "U"),
    },
    word_in="text",
    covers=value_sets.RELATIONSHIP.words,
)

ROLE = CodeTable(
    "Contacts[].Roles[]",
    {"Emergency Contact": (_CONTACT, "C"), "Next of Kin": (_CONTACT, "N")},
    word_in="text",
    read_as=str.casefold,
)

UNKNOWN_RELATION = {"system": _CONTACT, "code": "U"}
"""The coding of a contact's relation for which FHIR has no code; it tells the relation from the roles."""

SUBSCRIBER_RELATIONSHIP = CodeTable(
    "Insured.Relationship",
    {
        "Child": (_SUBSCRIBER, "child"),
        "Employer": (_SUBSCRIBER, "other"),
        "Father": (_SUBSCRIBER, "parent"),
        "Grandchild": (_SUBSCRIBER, "other"),
        "Grandparent": (_SUBSCRIBER, "other"),
        "Life Partner": (_SUBSCRIBER, "common"),
        "Mother": (_SUBSCRIBER, "parent"),
        "Other": (_SUBSCRIBER, "other"),
        "Parent": (_SUBSCRIBER, "parent"),
        "Self": (_SUBSCRIBER, "self"),
        "Sibling": (_SUBSCRIBER, "other"),
        "Spouse": (_SUBSCRIBER, "spouse"),
    },
    word_in="text",
)
"""The word Unknown has no code."""

PATIENT_CLASS = CodeTable(
    "PatientClass",
    {
        "E": (_ACT, "EMER"),
        "Emergency": (_ACT, "EMER"),
        "I": (_ACT, "IMP"),
        "Inpatient": (_ACT, "IMP"),
        "O": (_ACT, "AMB"),
        "Outpatient": (_ACT, "AMB"),
        "Ambulatory": (_ACT, "AMB"),
        "P": (_ACT, "PRENC"),
        "Preadmit": (_ACT, "PRENC"),
        "Pre-Admit": (_ACT, "PRENC"),
        "Preadmission": (_ACT, "PRENC"),
        "Observation": (_ACT, "OBSENC"),
        "Short Stay": (_ACT, "SS"),
        "Home Health": (_ACT, "HH"),
        "Virtual": (_ACT, "VR"),
        "R": (_V2_CLASS, "R"),
        "Recurring": (_V2_CLASS, "R"),
        "Recurring Patient": (_V2_CLASS, "R"),
        "B": (_V2_CLASS, "B"),
        "Obstetrics": (_V2_CLASS, "B"),
        "C": (_V2_CLASS, "C"),
        "Commercial Account": (_V2_CLASS, "C"),
        "N": (_V2_CLASS, "N"),
        "Not Applicable": (_V2_CLASS, "N"),
        "U": (_V2_CLASS, "U"),
        "Unknown": (_V2_CLASS, "U"),
    },
    word_in="display",
    read_as=str.casefold,
)
"""The set is open: any other class becomes a display without a code."""

DIAGNOSIS_TYPE = CodeTable(
    "Diagnoses[].Type",
    {"Admitting": (_V2_DIAGNOSIS, "A"), "Final": (_V2_DIAGNOSIS, "F"), "Working": (_V2_DIAGNOSIS, "W")},
    word_in="text",
)
"""The words Self and Unknown have no code."""

ALLERGY_STATUS = CodeTable(
    "Allergies[].Status",
    {"Active": (_ALLERGY, "active"), "Inactive": (_ALLERGY, "inactive"), "Resolved": (_ALLERGY, "resolved")},
    word_in="text",
    covers=value_sets.ALLERGY_STATUS.words,
)
UNKNOWN_STATUS = {"system": _ALLERGY, "code": "active"}
"""FHIR requires a clinical status and has no code for one that is not known. The extension data-absent-reason goes with
this one."""
