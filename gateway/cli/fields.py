"""`fields`: list the leaves of an event, their properties, and their places in FHIR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.session import AsJson, wrong_usage
from ingest.fold.lifecycles import homes_of, lifecycle
from mappings.kinds import Kind
from mappings.redox.catalogue import EVENTS, Event, Leaf, event, leaves
from mappings.redox.meta import Message
from query_api import RESPONSES

_SAID: Mapping[str, str] = {
    "Meta.CanceledEvent": "not kept: says which event is undone",
    "Meta.": "not kept: of the delivery",
    "Patient.PreviousIdentifiers": "not kept: ends the record of these identifiers, or takes a visit from it",
    "Patients[].Visits[].Status": "Encounter.status",
}
"""The explanations of leaves that no table maps, because they are not part of a record, by beginning of the path."""


def fields(
    name: Annotated[str, typer.Argument(metavar="MODEL.EVENT", help="An event, for example PatientAdmin.Arrival.")],
    as_json: AsJson = False,
) -> None:
    """Show each leaf of an event: path, type, required, reliability, value set, FHIR home or why there is none.

    Leaves that Redox's schema of the event lacks are understood if other events have them in the same block.
    """
    known = _event(name)
    found = [_described(known, leaf) for leaf in leaves(known.understood or Message) if not leaf.is_container]
    if as_json:
        say_json(found)
        return
    headings = ("path", "type", "required", "in Redox's schema", "reliability", "FHIR", "value set")
    rows = ([_plain(value) for value in each.values()] for each in found)
    say_table(headings, rows)


def _event(name: str) -> Event:
    model, _, kind = name.replace(":", ".").partition(".")
    known = event(model, kind)
    mapped = ", ".join(f"{each.data_model}.{each.event_type}" for each in EVENTS if each.model)
    if known is None:
        wrong_usage(f"MODEL.EVENT is no event of Redox; mapped are {mapped}")
    if known.model is None:
        wrong_usage(f"{name} is kept as it comes and not mapped; mapped are {mapped}")
    return known


def _described(known: Event, leaf: Leaf) -> dict[str, Any]:
    return {
        "path": leaf.path,
        "type": leaf.type,
        "required": leaf.required,
        "standard": not leaf.is_beyond,
        "reliability": leaf.reliability,
        "fhir": home_of(known, leaf.path),
        "valueSet": list(leaf.value_set.words) if leaf.value_set else None,
    }


def home_of(known: Event, path: str) -> str:
    """Return the place of a leaf of an event in FHIR, or the reason why it has none; raises KeyError."""
    if known.kind == "question":
        return "not kept: asks"
    for above, reason in _SAID.items():
        if path.startswith(above):
            return reason
    if path.endswith("[].EventType"):
        return "the type of the event that said the record last"
    for above, kind in _kinds(known):
        homes = kind.table.homes()
        if path.startswith(above) and path.removeprefix(above) in homes:
            return homes[path.removeprefix(above)]
    raise KeyError(path)


def _kinds(known: Event) -> Iterable[tuple[str, Kind]]:
    """Return the kinds that an event writes, or that a response contains, each with the path that leads to it."""
    row = lifecycle(known.data_model, known.event_type)
    return homes_of(row) if row is not None else RESPONSES[known.data_model, known.event_type]


def _plain(value: object) -> object:
    return ("yes" if value else "") if isinstance(value, bool) else value
