"""The value of a result: a text and its ValueType, and the FHIR type that can hold the text.

A text that does not have the form of its ValueType is a `valueString`. If FHIR's value would be written in another way
than the text (`110` for `110.00`), an extension holds the text too.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from mappings.fhir.mime_types import UNKNOWN, mime_type
from mappings.file_reference import FileReference, reference_in
from mappings.notation import OURS, Iso
from mappings.reading.time_texts import moment, partial

Json = dict[str, Any]
Number = int | float

_ATTACHMENT = "extension[url=http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value].valueAttachment"
"""R4's Observation has no value of this type; the extension is R5's element."""

_NUMBER = r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?"
_quantity = re.compile(rf"\s*(?P<comparator><=|>=|<|>)?\s*(?P<number>{_NUMBER})\s*").fullmatch
_range = re.compile(rf"\s*(?P<low>{_NUMBER})\s*-\s*(?P<high>{_NUMBER})\s*").fullmatch
_ratio = re.compile(rf"\s*(?P<numerator>{_NUMBER})\s*[:/]\s*(?P<denominator>{_NUMBER})\s*").fullmatch
_time = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):?(?P<minute>[0-5][0-9])(?::?(?P<second>[0-5][0-9](?:\.[0-9]{1,6})?))?")
_is_url = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+|Binary/[A-Za-z0-9.-]{1,64}").fullmatch
_TWO_ZONES = ZoneInfo("UTC"), ZoneInfo("Etc/GMT+12")


def _number(text: str) -> Number:
    return float(text) if "." in text else int(text)


def _as_quantity(text: str, units: str | None, _file_type: str | None) -> Json:
    found = _quantity(text)
    if found is None:
        return {}
    comparator = {"comparator": found["comparator"]} if found["comparator"] else {}
    return {"valueQuantity": {"value": _number(found["number"]), **comparator, **_unit(units)}}


def _unit(units: str | None) -> Json:
    return {} if units is None else {"unit": units}


def _as_structure(text: str, units: str | None, file_type: str | None) -> Json:
    return _as_quantity(text, units, file_type) or _as_range(text, units) or _as_ratio(text)


def _as_range(text: str, units: str | None) -> Json:
    found = _range(text)
    if found is None or _number(found["low"]) > _number(found["high"]):
        return {}
    return {"valueRange": {end: {"value": _number(found[end]), **_unit(units)} for end in ("low", "high")}}


def _as_ratio(text: str) -> Json:
    found = _ratio(text)
    if found is None:
        return {}
    return {"valueRatio": {part: {"value": _number(found[part])} for part in ("numerator", "denominator")}}


def _as_date_time(text: str, _units: str | None, _file_type: str | None) -> Json:
    """A wall time is no moment: it reads differently in two zones, and stays a text."""
    here, there = (moment(text, zone) for zone in _TWO_ZONES)
    read = here if isinstance(here, str) and here == there else partial(text)
    return {} if read is None else {"valueDateTime": read}


def _as_time(text: str, _units: str | None, _file_type: str | None) -> Json:
    found = _time.fullmatch(text.strip())
    return {} if found is None else {"valueTime": f"{found['hour']}:{found['minute']}:{found['second'] or '00'}"}


def _as_concept(text: str, _units: str | None, _file_type: str | None) -> Json:
    return {"valueCodeableConcept": {"text": text}}


def _as_attachment(text: str, _units: str | None, file_type: str | None) -> Json:
    """FHIR requires a type of contents beside data."""
    mime = mime_type(file_type)
    if _is_url(text):
        return {_ATTACHMENT: {"url": text, **({} if mime is None else {"contentType": mime})}}
    return {_ATTACHMENT: {"data": text, "contentType": mime or UNKNOWN}} if _is_base64(text) else {}


def _is_base64(text: str) -> bool:
    try:
        return bool(a2b_base64(text, strict_mode=True))
    except (Error, ValueError):
        return False


Reading = Callable[[str, str | None, str | None], Json]
"""From a text, its units and its file type to the member of an Observation that has the value; empty if none fits."""

_READINGS: Mapping[str | None, Reading] = {
    "Numeric": _as_quantity,
    "Money": _as_quantity,
    "Price": _as_quantity,
    "Structured Numeric": _as_structure,
    "Date": _as_date_time,
    "DateTime": _as_date_time,
    "Time": _as_time,
    "Coded Entry": _as_concept,
    "Encapsulated Data": _as_attachment,
    "Reference Pointer": _as_attachment,
}
"""By ValueType; the values of all other types are texts."""

_AS_TEXT: Mapping[str, Callable[[Any], str | None]] = {
    "valueString": str,
    "valueQuantity": lambda quantity: f"{quantity.get('comparator', '')}{quantity['value']}",
    "valueRange": lambda _: None,
    "valueRatio": lambda _: None,
    "valueDateTime": str,
    "valueTime": str,
    "valueCodeableConcept": lambda concept: concept["text"],
    _ATTACHMENT: lambda attachment: attachment.get("data", attachment.get("url")),
}
"""By the member of an Observation that has the value: the text that the value is read back as, or None."""


def _of_a_file(reference: FileReference, mime: str | None) -> Json:
    known = mime or ("text/plain" if reference.is_text else UNKNOWN)
    return {"url": reference.url, "size": reference.size, "hash": reference.hash, "contentType": known}


def _to_fhir(value: str | None, kind: str | None, units: str | None, file_type: str | None) -> tuple[Any, ...]:
    reading = _READINGS.get(kind)
    found = reading(value, units, file_type) if value is not None and reading else {}
    reference = reference_in(value) if value is not None else None
    if reference is not None:
        mime = mime_type(file_type) or ("text/plain" if reference.is_text else UNKNOWN)
        found = {
            _ATTACHMENT: {"url": reference.url, "size": reference.size, "hash": reference.hash, "contentType": mime}
        }
    if value is not None and not found:
        found = {"valueString": value}
    said = next((_AS_TEXT[name](held) for name, held in found.items()), None)
    return (
        *map(found.get, _AS_TEXT),
        None if said == value else value,
        kind,
        None if "valueQuantity" in found else units,
        file_type,
    )


def _to_redox(*homes: Any) -> tuple[str | None, str | None, str | None, str | None]:
    *held, value, kind, units, file_type = homes
    found = {name: one for name, one in zip(_AS_TEXT, held, strict=True) if one is not None}
    if value is None:
        value = next((_AS_TEXT[name](one) for name, one in found.items()), None)
    return value, kind, found.get("valueQuantity", {}).get("unit", units), file_type


RESULT_VALUE = Iso(_to_fhir, _to_redox)
"""Redox: Value, ValueType, Units and FileType. FHIR: the homes of `RESULT_VALUE_HOMES`, of which one has the value.

The last four hold the text if the value is not written in the same way, the ValueType, the units of a value that is no
Quantity, and the FileType.
"""

RESULT_VALUE_HOMES = (
    *_AS_TEXT,
    *(f"extension[url={OURS}{name}].valueString" for name in ("value", "value-type", "units", "file-type")),
)
