"""From bytes to a checked message or question. The functions are pure, and errors name places only."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import (
    Faults,
    GatewayError,
    MessageRefused,
    NotReadable,
    RequiredFieldMissing,
    SaysNothing,
    UnknownDataModel,
    UnknownEventType,
    UnknownField,
    WrongType,
)
from mappings.reading import Issue, Reading, read
from mappings.reading.findings import (
    NO_DATE,
    OUTSIDE_VALUE_SET,
    REPEATED_TIME,
    SAYS_NOTHING,
    SKIPPED_TIME,
    UNKNOWN_FIELD,
)
from mappings.redox.catalogue import EVENTS, Event, event

Json = dict[str, Any]

_DATA_MODELS = {known.data_model.replace(" ", ""): known.data_model for known in EVENTS}


def name_of(known: Event) -> str:
    """Return the name of an event in texts: `Scheduling:New`."""
    return f"{known.data_model}:{known.event_type}"


def event_of(message: Json) -> Event:
    """Return the event of a message, by its Meta.

    Raises RequiredFieldMissing, WrongType, UnknownDataModel and UnknownEventType.
    """
    meta = _member(message, "Meta", "Meta", "message", dict)
    data_model = _member(meta, "DataModel", "Meta.DataModel", "message", str)
    spelled = _DATA_MODELS.get(data_model.replace(" ", ""))
    if spelled is None:
        raise UnknownDataModel("Meta.DataModel")
    event_type = _member(meta, "EventType", "Meta.EventType", spelled, str)
    known = event(spelled, event_type)
    if known is None:
        raise UnknownEventType("Meta.EventType", spelled)
    return known


def event_in(message: Json | None) -> Event | None:
    """Return the event of a delivered message, or None if the catalogue does not have it."""
    try:
        return event_of(message) if message else None
    except MessageRefused:
        return None


def _member(parent: Json, name: str, place: str, of: str, kind: type[Any]) -> Any:
    value = parent.get(name)
    if value in (None, "", {}):
        raise RequiredFieldMissing(place if kind is not dict else "Meta.DataModel", of)
    if not isinstance(value, kind):
        raise WrongType(place, of)
    return value


def destination_ids(message: Json, known: Event) -> list[str]:
    """Return the ids in `Meta.Destinations`, in order. Raises RequiredFieldMissing and WrongType for other values."""
    of = name_of(known)
    given = message["Meta"].get("Destinations")
    if given is None:
        return []
    if not isinstance(given, list):
        raise WrongType("Meta.Destinations", of)
    return [_destination_id(each, f"Meta.Destinations[{index}]", of) for index, each in enumerate(given)]


def _destination_id(each: object, place: str, of: str) -> str:
    if not isinstance(each, dict):
        raise WrongType(place, of)
    given = each.get("ID")
    if not isinstance(given, str):
        raise (RequiredFieldMissing if given is None else WrongType)(f"{place}.ID", of)
    return given.strip()


def checked(message: Json, known: Event, zone: ZoneInfo) -> Reading:
    """Return the reading of a pushed message; if its event is not mapped, of its Meta only.

    Raises all its errors together, as Faults if there are several.
    """
    reading = read(message, known, zone)
    of = name_of(known)
    _raise([*_faults(reading, of), *(RequiredFieldMissing(path, of) for path in reading.lost)])
    return reading


def question_in(message: Json, known: Event, zone: ZoneInfo) -> Json:
    """Return a question in valid words. Raises all its errors together, as Faults if there are several.

    A criterion is never left out: otherwise the answer would have more than the client asked for. So these are errors:
    a member that the question does not have, a patient or provider without a criterion, and a leaf that cannot be read.
    One exception: an unreadable leaf of a patient stays as it was sent, and matches nobody.
    """
    reading = read(message, known, zone)
    of = name_of(known)
    unread = [issue for issue in reading.issues if not _is_harmless(issue) and issue.path not in reading.misshapen]
    kept = [issue for issue in unread if _matches_nobody(issue)]
    _raise([*_faults(reading, of), *(_fault(issue, of) for issue in unread if issue not in kept)])
    for issue in kept:
        _put_back(reading.message, message, issue.path)
    return reading.message


def _is_harmless(issue: Issue) -> bool:
    """Return whether an issue concerns no criterion: criteria are neither in Meta nor in extensions."""
    if issue.unknown == _EXTENSIONS or _EXTENSIONS in issue.place.split("."):
        return True
    return issue.reason in _ADJUSTED or (issue.reason == UNKNOWN_FIELD and issue.place.startswith("Meta."))


def _fault(issue: Issue, of: str) -> GatewayError:
    if issue.reason == UNKNOWN_FIELD:
        return UnknownField(issue.path, issue.place, of)
    return (SaysNothing if issue.reason == SAYS_NOTHING else NotReadable)(issue.path, of)


_EXTENSIONS = "Extensions"
_ADJUSTED = {SKIPPED_TIME, REPEATED_TIME}
_UNMATCHED = {NO_DATE, OUTSIDE_VALUE_SET}
_OF_A_PATIENT = "Patient.Demographics."


def _matches_nobody(issue: Issue) -> bool:
    leaf = issue.path.removeprefix(_OF_A_PATIENT)
    return leaf != issue.path and leaf.isalpha() and issue.reason in _UNMATCHED


def _put_back(clean: Json, message: Json, path: str) -> None:
    *above, leaf = path.split(".")
    for name in above:
        clean, message = clean.setdefault(name, {}), message[name]
    clean[leaf] = str(message[leaf]).strip()


def _faults(reading: Reading, of: str) -> list[GatewayError]:
    return [
        *(WrongType(path, of) for path in reading.misshapen),
        *(RequiredFieldMissing(path, of) for path in reading.missing),
    ]


def _raise(faults: list[GatewayError]) -> None:
    if faults:
        raise faults[0] if len(faults) == 1 else Faults(faults)
