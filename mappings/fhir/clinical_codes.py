"""Code tables of clinical records: Redox's words, and FHIR's codes for states, flags, priorities and files."""

from __future__ import annotations

import re

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

_FILE_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "rtf": "text/rtf",
    "txt": "text/plain",
    "html": "text/html",
    "xml": "application/xml",
    "json": "application/json",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "dcm": "application/dicom",
    "dicom": "application/dicom",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}

_is_mime_type = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}").fullmatch


def content_type(file_type: str | None) -> str | None:
    """Return the MIME type of a Redox FileType, which is an ending (`PDF`) or a MIME type itself; None if unknown."""
    if file_type is None or _is_mime_type(file_type):
        return file_type
    return _FILE_TYPES.get(file_type.casefold().removeprefix("."))
