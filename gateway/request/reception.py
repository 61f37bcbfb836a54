"""From bytes to a message that can be taken or a question that can be answered; pure, and refuses with places alone."""

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
    """An event as texts name it: `Scheduling:New`."""
    return f"{known.data_model}:{known.event_type}"


def event_of(message: Json) -> Event:
    """The event that a message says it is; raises `RequiredFieldMissing`, `WrongType`, or what is not known."""
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
    """The event that a delivery says it is; nothing where the catalogue does not know it."""
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
    """The ids in `Meta.Destinations`, in order; raises `RequiredFieldMissing` or `WrongType` where they are no ids."""
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
    """What a pushed message says, of an event that is not mapped its Meta alone; raises all its faults together."""
    reading = read(message, known, zone)
    of = name_of(known)
    _raise([*_faults(reading, of), *(RequiredFieldMissing(path, of) for path in reading.lost)])
    return reading


def question_in(message: Json, known: Event, zone: ZoneInfo) -> Json:
    """A question as it is searched for; raises all its faults together.

    A criterion is never left out: that would answer with more than was asked for. So a member that the question does
    not have is a fault, and so is a patient or a provider of whom nothing is said. A leaf of a patient that cannot be
    read stays as it was written, so that it matches nobody; any other is a fault.
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
    """Whether nothing of what is asked for is lost by an issue: no member of Meta and no extension is asked for."""
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
