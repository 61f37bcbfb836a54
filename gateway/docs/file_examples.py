"""Examples of files for the documentation: the sandbox loads each of them unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from gateway.docs.examples import pushes
from gateway.files import forms
from gateway.sandbox import TENANTS
from ingest.backfill.opening import EVENTS
from mappings.csv.samples import examples
from mappings.csv.templates import TEMPLATES

Json = dict[str, Any]

CSV, LINES, PACKED = "text/csv", "application/x-ndjson", "application/gzip"
QUERY = f"tenant={TENANTS[0].name}&extracted_at=2026-01-31T08:00:00Z"

_OWN_REPORT = """\
MRN|Last|First|Born|Gender
7101|Quill|Ada|02/03/1980|F
7102|Wren|Tomasz|11/30/1951|M
"""
_OWN_COLUMNS = """\
[dates]
date = "%m/%d/%Y"

[columns]
"MRN" = "Patient.Identifiers[1].ID"
"Last" = "Patient.Demographics.LastName"
"First" = "Patient.Demographics.FirstName"
"Born" = "Patient.Demographics.DOB"
"Gender" = { path = "Patient.Demographics.Sex", codes = { "F" = "Female", "M" = "Male" } }

[constants]
"Patient.Identifiers[1].IDType" = "MR"
"""


def body(today: date) -> Json:
    """Return the OpenAPI request body of a file: plain, packed with gzip, or in a form with its column mapping."""
    reports = {kind: _shown(kind, _report(kind), CSV) for kind in TEMPLATES}
    events = {EVENTS: _shown(EVENTS, _lines(pushes(today).values()), LINES)}
    own = {"file": _OWN_REPORT, "columns": _OWN_COLUMNS}
    packed = {"type": "string", "format": "binary", "description": "Any of the files, packed with gzip."}
    content = {
        CSV: {"schema": {"type": "string"}, "examples": reports},
        LINES: {"schema": {"type": "string"}, "examples": events},
        PACKED: {"schema": packed},
        forms.MULTIPART: {
            "schema": {
                "type": "object",
                "required": [forms.FILE],
                "properties": {
                    forms.FILE: {"type": "string", "format": "binary", "description": "The file, packed or not."},
                    forms.COLUMNS: {"type": "string", "description": "What its columns mean, in TOML."},
                },
            },
            "examples": {
                "patients": {
                    "summary": "patients, in a report's own words",
                    "description": _command(
                        "patients", forms.MULTIPART, f"-F {forms.FILE}=@report.csv -F {forms.COLUMNS}=@columns.toml"
                    ),
                    "value": own,
                }
            },
        },
    }
    return {"required": True, "content": content}


def upload() -> Json:
    """Return the OpenAPI request body of an upload: a form with a file."""
    file = {"type": "string", "format": "binary", "description": "The file, of any type."}
    command = f'curl "$SERVICE/upload" -H "Authorization: Bearer $TOKEN" -F {forms.FILE}=@scan.pdf'
    example = {"summary": "A scan", "description": command, "value": {forms.FILE: "The bytes of a file"}}
    schema = {"type": "object", "required": [forms.FILE], "properties": {forms.FILE: file}}
    return {"required": True, "content": {forms.MULTIPART: {"schema": schema, "examples": {"upload": example}}}}


def _shown(kind: str, text: str, media_type: str) -> Json:
    return {"summary": kind, "description": _command(kind, media_type, "--data-binary @file"), "value": text}


def _command(kind: str, media_type: str, sent: str) -> str:
    named = "" if media_type == forms.MULTIPART else f" -H 'Content-Type: {media_type}'"
    return f'curl "$SERVICE/backfill/{kind}?{QUERY}"{named} \\\n  -H "Authorization: Bearer $TOKEN" {sent}'


def _report(kind: str) -> str:
    """Return the CSV text of a template: its header and its example rows of invented people."""
    text, template = io.StringIO(), TEMPLATES[kind]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(template.columns)
    writer.writerows(examples(template, template.columns))
    return text.getvalue()


def _lines(messages: Iterable[Json]) -> str:
    return "".join(f"{orjson.dumps(message).decode()}\n" for message in messages)
