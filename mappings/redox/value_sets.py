"""The closed value sets of Redox. Open sets (patient classes, code sets, states of appointments) are plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ValueSet:
    """A closed set of words; look-ups ignore case and the blanks around a word.

    Raises ValueError if two words differ in case alone, or if an alias stands for no word.
    """

    name: str
    words: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other spellings that senders use, each with the word that it stands for."""

    def __post_init__(self) -> None:
        """Check the words and build the look-up."""
        found = {word.casefold(): word for word in self.words}
        if len(found) != len(self.words) or not set(self.aliases.values()) <= set(self.words):
            raise ValueError(f"the words of {self.name} cannot be told apart")
        found.update({alias.casefold(): word for alias, word in self.aliases.items()})
        found.update({word: word for word in self.words})
        object.__setattr__(self, "_found", found)

    def spelling(self, text: str) -> str | None:
        """Return a word as the set spells it, or None if the set does not have it."""
        found: dict[str, str] = self.__dict__["_found"]
        return found.get(text) or found.get(text.strip().casefold())

    def __hash__(self) -> int:
        return hash(self.name)


SEX = ValueSet("Sex", ("Female", "Male", "Nonbinary", "Other", "Unknown"))

RACE = ValueSet(
    "Race",
    (
        "American Indian or Alaska Native",
        "Asian",
        "Black or African American",
        "Native Hawaiian or Other Pacific Islander",
        "Other Race",
        "Unknown",
        "White",
    ),
    {"Black": "Black or African American"},
)

MARITAL_STATUS = ValueSet(
    "MaritalStatus",
    (
        "Annulled",
        "Common law",
        "Divorced",
        "Domestic partner",
        "Interlocutory",
        "Legally Separated",
        "Living together",
        "Married",
        "Other",
        "Registered domestic partner",
        "Separated",
        "Single",
        "Unknown",
        "Unmarried",
        "Unreported",
        "Widowed",
    ),
)

RELATIONSHIP = ValueSet(
    "Relationship",
    (
        "Child",
        "Employer",
        "Father",
        "Grandchild",
        "Grandparent",
        "Life Partner",
        "Mother",
        "Other",
        "Parent",
        "Self",
        "Sibling",
        "Spouse",
        "Unknown",
    ),
)

AGREEMENT_TYPE = ValueSet("AgreementType", ("Maternity", "Standard", "Unified"))

COVERAGE_TYPE = ValueSet("CoverageType", ("Clinic", "Insurance", "Other", "Patient"))

DIAGNOSIS_TYPE = ValueSet("DiagnosisType", ("Admitting", "Final", "Self", "Unknown", "Working"))

ALLERGY_STATUS = ValueSet("AllergyStatus", ("Active", "Inactive", "Resolved"))

VISIT_STATUS = ValueSet("VisitStatus", ("Arrived", "Cancelled", "Finished", "Planned", "Unknown"))

DISCHARGE_STATUS = ValueSet(
    "DischargeStatus",
    (
        *("0", "01", "02", "03", "04", "05", "06", "07", "09", "20", "21", "30", "40", "41", "42", "43", "50", "51"),
        *("61", "62", "63", "64", "65", "66", "69", "70", "81", "82", "83", "84", "85", "86", "87", "88", "89", "90"),
        *("91", "92", "93", "94", "95"),
    ),
    {"1": "01", "2": "02", "3": "03", "4": "04", "5": "05", "6": "06", "7": "07", "9": "09"},
)
"""UB-04, form locator 17. A single digit (a code that was sent as a number) stands for the code with a leading zero."""

REPORT_STATUS = ValueSet(
    "ReportStatus",
    ("Canceled", "Corrected", "Final", "In Process", "Preliminary", "Unavailable"),
    {"Cancelled": "Canceled"},
)
"""The state of a report: Results `Orders[].ResultsStatus`."""

RESULT_STATUS = ValueSet(
    "ResultStatus",
    ("Canceled", "Corrected", "Deleted", "Final", "Incomplete", "None Specified", "Preliminary", "Unavailable"),
    {"Cancelled": "Canceled"},
)
"""The state of one result: Results `Orders[].Results[].Status`."""

RESULTED_ORDER_STATUS = ValueSet("ResultedOrderStatus", ("Cancel", "New", "Resulted", "Update"))

ORDER_PRIORITY = ValueSet("OrderPriority", ("ASAP", "Preoperative", "Routine", "Stat", "Timing Critical"))

RESPONSE_FLAG = ValueSet(
    "ResponseFlag", ("Acknowledgement", "Associated Segments", "Confirmations", "Exceptions", "Replacements")
)

VALUE_TYPE = ValueSet(
    "ValueType",
    (
        *("Address", "Coded Entry", "Date", "DateTime", "Encapsulated Data", "Formatted Text", "ID", "ID And Name"),
        *("Money", "Name", "Numeric", "Phone Number", "Price", "Reference Pointer", "String", "Structured Numeric"),
        "Time",
    ),
)

ABNORMAL_FLAG = ValueSet(
    "AbnormalFlag",
    (
        *("Abnormal", "Critically Abnormal", "Critically High", "Critically Low", "High", "Inconclusive"),
        *("Intermediate", "Low", "Moderately Susceptible", "Normal", "Not Susceptible", "Resistant", "Susceptible"),
        *("Very Abnormal", "Very High", "Very Low", "Very Susceptible"),
    ),
)

VALUE_SETS: tuple[ValueSet, ...] = (
    SEX,
    RACE,
    MARITAL_STATUS,
    RELATIONSHIP,
    AGREEMENT_TYPE,
    COVERAGE_TYPE,
    DIAGNOSIS_TYPE,
    ALLERGY_STATUS,
    VISIT_STATUS,
    DISCHARGE_STATUS,
    REPORT_STATUS,
    RESULT_STATUS,
    RESULTED_ORDER_STATUS,
    ORDER_PRIORITY,
    RESPONSE_FLAG,
    VALUE_TYPE,
    ABNORMAL_FLAG,
)
