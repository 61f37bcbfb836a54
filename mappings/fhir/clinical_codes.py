"""Code tables of clinical records: Redox's words, and FHIR's codes for states, flags, priorities and files."""

from __future__ import annotations

from mappings.fhir.codes import V3
from mappings.notation import CodeTable
from mappings.redox import value_sets

REPORT_STATUS: dict[str, str] = {
    "Final": "final",
    "Preliminary": "preliminary",
    "Corrected": "corrected",
    "Canceled": "cancelled",
    "Unavailable": "cancelled",
}
"""The code of a report's state. The code of `In Process` depends on whether the report has results."""

RESULT_STATUS = CodeTable(
    "Results[].Status",
    {
        "Final": "final",
        "Preliminary": "preliminary",
        "Corrected": "corrected",
        "Canceled": "cancelled",
        "Deleted": "entered-in-error",
        "Incomplete": "preliminary",
        "Unavailable": "cancelled",
    },
    word_in="beside",
)
"""The word None Specified has no code."""

_INTERPRETATION = f"{V3}ObservationInterpretation"

ABNORMAL_FLAG = CodeTable(
    "AbnormalFlag",
    {
        "Normal": (_INTERPRETATION, "N"),
        "Low": (_INTERPRETATION, "L"),
        "Very Low": (_INTERPRETATION, "LL"),
        "Critically Low": (_INTERPRETATION, "LL"),
        "High": (_INTERPRETATION, "H"),
        "Very High": (_INTERPRETATION, "HH"),
        "Critically High": (_INTERPRETATION, "HH"),
        "Abnormal": (_INTERPRETATION, "A"),
        "Very Abnormal": (_INTERPRETATION, "AA"),
        "Critically Abnormal": (_INTERPRETATION, "AA"),
        "Susceptible": (_INTERPRETATION, "S"),
        "Very Susceptible": (_INTERPRETATION, "VS"),
        "Moderately Susceptible": (_INTERPRETATION, "MS"),
        "Not Susceptible": (_INTERPRETATION, "NS"),
        "Intermediate": (_INTERPRETATION, "I"),
        "Resistant": (_INTERPRETATION, "R"),
        "Inconclusive": (_INTERPRETATION, "IND"),
    },
    word_in="text",
    covers=value_sets.ABNORMAL_FLAG.words,
)
"""The word Very means a panic value, as Critically does."""

PRIORITY = CodeTable("Priority", {"Stat": "stat", "ASAP": "asap", "Routine": "routine"}, word_in="beside")
"""The words Preoperative and Timing Critical have no code."""
