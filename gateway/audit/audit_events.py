"""Entries of the audit log as FHIR R4 AuditEvents, by one table from acts to codes.

Only codes with a certain meaning are used. What no code says is in the details of an entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.audit.audit_trail import LOCAL
from mappings.kinds import PERSON
from mappings.times import utc_text
from store.audit.audit_entry import NO_TENANT, Remembered

Json = dict[str, Any]
Coding = dict[str, str]

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
_SOURCE_TYPES = "http://terminology.hl7.org/CodeSystem/security-source-type"
_ENTITY_TYPES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
JOURNAL = "urn:data-on-demand:journal"
LOG = "urn:ietf:rfc:3986"


@dataclass(frozen=True, slots=True)
class Sort:
    """The codes of a kind of act: type, subtype, and the action (C, R, U, D, E)."""

    type: Coding
    action: str
    subtype: Coding | None = None


def _dicom(code: str, display: str) -> Coding:
    return {"system": _DICOM, "code": code, "display": display}


def _interaction(code: str) -> Coding:
    return {"system": _INTERACTIONS, "code": code, "display": code}


_REST = {"system": _TYPES, "code": "rest", "display": "RESTful Operation"}
_PATIENT_RECORD = _dicom("110110", "Patient Record")
_SECURITY_ALERT = _dicom("110113", "Security Alert")

SORTS: Mapping[str, Sort] = {
    "push": Sort(_REST, "C", _interaction("create")),
    "question": Sort(_REST, "E", _interaction("search")),
    "login": Sort(_dicom("110114", "User Authentication"), "E", _dicom("110122", "Login")),
    "load": Sort(_dicom("110107", "Import"), "C"),
    "upload": Sort(_dicom("110107", "Import"), "C"),
    "backfill": Sort(_dicom("110107", "Import"), "C"),
    "export": Sort(_dicom("110106", "Export"), "R"),
    "journal.show": Sort(_PATIENT_RECORD, "R"),
    "replay": Sort(_PATIENT_RECORD, "U"),
    "audit": Sort(_dicom("110101", "Audit Log Used"), "R"),
    "tenant": Sort(_SECURITY_ALERT, "U", _dicom("110129", "Security Configuration")),
    "client": Sort(_SECURITY_ALERT, "U", _dicom("110137", "User Security Attributes Changed")),
    "webhook": Sort(_SECURITY_ALERT, "U", _dicom("110137", "User Security Attributes Changed")),
}
"""The codes of each act, by its name; an act without a row has the codes of the first part of its name: `client.add`
those of `client`."""
OTHERWISE = Sort(_SECURITY_ALERT, "E")
_ACTIONS: Mapping[str, str] = {"add": "C", "remove": "D"}
"""The action of an act of management, by the second part of its name; all others have the action of their row."""

_OUTCOMES = ((400, "0", "Success"), (500, "4", "Minor failure"), (600, "8", "Serious failure"))
_PERSON, _SYSTEM_OBJECT = ("1", "Person"), ("2", "System Object")
_ROLES: Mapping[str, tuple[str, str]] = {PERSON.type: ("1", "Patient")}
_DOMAIN_RESOURCE = ("4", "Domain Resource")


def audit_event(entry: Remembered) -> Json:
    """Return the AuditEvent of an entry that was read from the audit log."""
    sort = sort_of(entry.event)
    code, text = next((code, text) for bound, code, text in _OUTCOMES if entry.status < bound)
    details = list(_details(entry))
    return {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": sort.type,
        **({"subtype": [sort.subtype]} if sort.subtype else {}),
        "action": sort.action,
        **({"recorded": utc_text(entry.at)} if entry.at else {}),
        "outcome": code,
        "outcomeDesc": f"{text}, status {entry.status}",
        "agent": [_agent(entry)],
        "source": _source(entry),
        "entity": [{**_log(entry), "detail": details}, *_entities(entry)],
    }


def sort_of(event: str) -> Sort:
    """Return the codes of an act, by its name."""
    if event in SORTS:
        return SORTS[event]
    about, _, act = event.partition(".")
    found = SORTS.get(about, OTHERWISE)
    return Sort(found.type, _ACTIONS.get(act, found.action), found.subtype)


def _agent(entry: Remembered) -> Json:
    who = entry.who or "nobody known"
    # 1: the name of a machine, 2: an IP address
    address = {"address": "localhost", "type": "1"} if entry.peer == LOCAL else {"address": entry.peer, "type": "2"}
    return {
        "who": {"display": who},
        **({"altId": entry.who} if entry.who else {}),
        **({"name": f"{entry.by} {who}"} if entry.by else {}),
        "requestor": True,
        **({"network": address} if entry.peer else {}),
    }


def _source(entry: Remembered) -> Json:
    return {
        **({"site": entry.tenant} if entry.tenant != NO_TENANT else {}),
        "observer": {"display": "Data on Demand"},
        "type": [{"system": _SOURCE_TYPES, "code": "4", "display": "Application Server"}],
    }


def _log(entry: Remembered) -> Json:
    """Return the entity for the act itself, identified by its log id."""
    try:
        value = UUID(entry.log_id).urn
    except ValueError:
        return {"type": _coding(_ENTITY_TYPES, _SYSTEM_OBJECT), "name": entry.log_id or entry.event}
    return {"what": {"identifier": {"system": LOG, "value": value}}, "type": _coding(_ENTITY_TYPES, _SYSTEM_OBJECT)}


def _details(entry: Remembered) -> Iterator[Json]:
    said: Json = {"event": entry.event, "by": entry.by, "DataModel": entry.model, "EventType": entry.type}
    said |= {"results": entry.count, **entry.details}
    for name, value in said.items():
        if value not in ("", None, [], {}):
            yield {"type": name, "valueString": ", ".join(map(str, value)) if isinstance(value, list) else str(value)}


def _entities(entry: Remembered) -> Iterator[Json]:
    if journal_id := entry.details.get("entry"):
        what = {"identifier": {"system": JOURNAL, "value": journal_id}}
        yield {"what": what, "type": _coding(_ENTITY_TYPES, _SYSTEM_OBJECT)}
    for resource in entry.resources:
        kind = resource.partition("/")[0]
        yield {
            "what": {"reference": resource},
            "type": _coding(_ENTITY_TYPES, _PERSON if kind == PERSON.type else _SYSTEM_OBJECT),
            "role": _coding(_ENTITY_ROLES, _ROLES.get(kind, _DOMAIN_RESOURCE)),
        }


def _coding(system: str, code: tuple[str, str]) -> Coding:
    return {"system": system, "code": code[0], "display": code[1]}
