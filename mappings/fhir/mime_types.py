"""MIME types of files, by the words with which Redox names the type of a file."""

from __future__ import annotations

import re

UNKNOWN = "application/octet-stream"
"""The type of contents of which nothing else is known."""

_BY_ENDING: dict[str, str] = {
    "pdf": "application/pdf",
    "rtf": "text/rtf",
    "txt": "text/plain",
    "text": "text/plain",
    "html": "text/html",
    "htm": "text/html",
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
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}

_is_mime_type = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}").fullmatch


def mime_type(file_type: str | None) -> str | None:
    """Return the MIME type of a Redox FileType, which is an ending (`PDF`) or a MIME type itself; None if unknown."""
    if file_type is None or _is_mime_type(file_type):
        return file_type
    return _BY_ENDING.get(file_type.strip().casefold().removeprefix("."))
