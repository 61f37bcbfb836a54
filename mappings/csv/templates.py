"""Templates: the columns of reports; each row of a report is a message.

A column has the name of the path that it fills, with lists numbered from 1: `Patient.Identifiers[1].ID`. The possible
columns follow from the event's model; this module only lists the columns that a report writer needs first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from mappings.redox import catalogue
from mappings.redox.catalogue import Event, Leaf, leaves

MOST_ELEMENTS = 50
"""The most elements that a list of a row may have."""

_OF_THE_DELIVERY = ("Meta.DataModel", "Meta.EventType", "Meta.Destinations", "Meta.Logs", "Meta.Message")
_NO_COLUMNS = (*_OF_THE_DELIVERY, "Meta.Transmission", "Meta.Extensions")
"""Paths that no column fills: the template gives the event, the loader gives the tenant, and there is no delivery."""

_ELEMENTS = {
    "Identifiers": 3,
    "FacilityIdentifiers": 1,
    "DepartmentIdentifiers": 1,
    "Reaction": 1,
    "Insured.Identifiers": 1,
}
_USUAL_ELEMENTS = 2
"""The number of elements that the full template has for a list that is not in _ELEMENTS."""

_POSITION = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Template:
    """A kind of report: its name, the event that each row is, a phrase for documentation, and its plain columns."""

    name: str
    data_model: str
    event_type: str
    says: str
    columns: tuple[str, ...]

    @property
    def event(self) -> Event:
        """The event that each row is; raises KeyError if the event is not mapped."""
        found = catalogue.event(self.data_model, self.event_type)
        if found is None or found.model is None:
            raise KeyError(self.event_type)
        return found


_PERSON = (
    "Patient.Identifiers[1].ID",
    "Patient.Identifiers[1].IDType",
    "Patient.Identifiers[2].ID",
    "Patient.Identifiers[2].IDType",
    "Patient.Demographics.FirstName",
    "Patient.Demographics.MiddleName",
    "Patient.Demographics.LastName",
    "Patient.Demographics.DOB",
    "Patient.Demographics.Sex",
)
_REACHED = (
    "Patient.Demographics.Address.StreetAddress",
    "Patient.Demographics.Address.City",
    "Patient.Demographics.Address.State",
    "Patient.Demographics.Address.ZIP",
    "Patient.Demographics.Address.Country",
    "Patient.Demographics.PhoneNumber.Home",
    "Patient.Demographics.PhoneNumber.Office",
    "Patient.Demographics.PhoneNumber.Mobile",
    "Patient.Demographics.EmailAddresses[1]",
    "Patient.Demographics.Language",
    "Patient.Demographics.Race",
)


def _provider(of: str) -> tuple[str, ...]:
    return tuple(f"Visit.{of}.{leaf}" for leaf in ("ID", "IDType", "FirstName", "LastName"))


def _paying(of: str) -> tuple[str, ...]:
    insurance = ("Plan.ID", "Plan.Name", "Company.ID", "Company.Name", "PolicyNumber")
    guarantor = ("Number", "FirstName", "LastName", "RelationToPatient")
    return tuple(f"{of}.Insurances[1].{leaf}" for leaf in insurance) + tuple(
        f"{of}.Guarantor.{leaf}" for leaf in guarantor
    )


TEMPLATES = {
    template.name: template
    for template in (
        Template("patients", "PatientAdmin", "NewPatient", "people", _PERSON + _REACHED + _paying("Patient")),
        Template(
            "appointments",
            "Scheduling",
            "New",
            "appointments, past and to come",
            (
                "Visit.VisitNumber",
                "Visit.VisitDateTime",
                "Visit.Duration",
                "Visit.Reason",
                "Visit.Status",
                "Visit.Location.Facility",
                "Visit.Location.Department",
                "Visit.Location.Room",
                *_provider("AttendingProvider"),
                *_PERSON,
                *_REACHED,
            ),
        ),
        Template(
            "visits",
            "PatientAdmin",
            "Arrival",
            "everyone who is admitted: the census",
            (
                "Visit.VisitNumber",
                "Visit.PatientClass",
                "Visit.VisitDateTime",
                "Visit.Reason",
                "Visit.Location.Facility",
                "Visit.Location.Department",
                "Visit.Location.Room",
                "Visit.Location.Bed",
                *_provider("AttendingProvider"),
                *_PERSON,
                *_REACHED,
                *_paying("Visit"),
            ),
        ),
    )
}
"""Every template, by name."""

EVENT_TIME = "Meta.EventDateTime"


@cache
def columns_of(event: Event) -> dict[str, Leaf]:
    """Return the leaves of Redox's schema of an event that columns can fill, by paths without numbers in lists."""
    return _columns(event.model)


@cache
def _understood_columns(event: Event) -> dict[str, Leaf]:
    """Return the leaves that columns can fill, with those that are understood beyond Redox's schema."""
    return _columns(event.understood)


def _columns(model: type[BaseModel] | None) -> dict[str, Leaf]:
    found = leaves(model) if model else ()
    return {leaf.path: leaf for leaf in found if not leaf.is_container and not leaf.path.startswith(_NO_COLUMNS)}


def full_columns(template: Template) -> tuple[str, ...]:
    """Return every column of a template, with a few elements for each list; a list's elements stand together."""
    return tuple(_numbered(tuple(columns_of(template.event))))


def _numbered(paths: tuple[str, ...]) -> Iterator[str]:
    done: set[str] = set()
    for path in paths:
        above, mark, _ = path.partition("[]")
        if not mark:
            yield path
        elif above not in done:
            done.add(above)
            within = tuple(other.removeprefix(f"{above}[]") for other in paths if other.startswith(f"{above}[]"))
            for number in range(1, _elements(above) + 1):
                yield from (f"{above}[{number}]{rest}" for rest in _numbered(within))


def _elements(path: str) -> int:
    parts = path.split(".")
    return _ELEMENTS.get(".".join(parts[-2:]), _ELEMENTS.get(parts[-1], _USUAL_ELEMENTS))


def leaf_of(event: Event, column: str) -> Leaf | None:
    """Return the leaf that a column fills; None if there is no such path or a list has no number from 1 to 50."""
    if any(not 1 <= int(number) <= MOST_ELEMENTS or number[0] == "0" for number in _POSITION.findall(column)):
        return None
    return None if "[]" in column else _understood_columns(event).get(unnumbered(column))


def missing_columns(event: Event, columns: Iterable[str]) -> list[str]:
    """Return the columns that must be added so that a row can be a valid message, in the order of the model."""
    given = set(columns)
    alone = [path for path in required_of(event) if not any(unnumbered(each) == path for each in given)]
    lists = {unnumbered(above) for column in given for above in [column.rpartition(".")[0]] if above.endswith("]")}
    return [path.replace("[]", "[1]") for path in alone if path.rpartition(".")[0] not in lists] + sorted(
        set(_halves(event, given)) - given
    )


def unnumbered(column: str) -> str:
    """Return the path of a column without the numbers of its lists, as the catalogue has it."""
    return _POSITION.sub("[]", column)


def required_of(event: Event) -> Iterator[str]:
    """Give the required leaves of the blocks that every message has, without numbers in lists."""
    found = leaves(event.model) if event.model else ()
    blocks = {leaf.path for leaf in found if leaf.required and leaf.is_container}
    for leaf in found:
        parts = leaf.path.split(".")
        above = {".".join(parts[:count]) for count in range(1, len(parts))}
        if leaf.required and leaf.path in columns_of(event) and above <= blocks:
            yield leaf.path


def _halves(event: Event, given: set[str]) -> Iterator[str]:
    """Give the required leaves of the list elements that have one of these columns."""
    for column in given:
        above = column.rpartition(".")[0]
        if above.endswith("]"):
            for path, leaf in columns_of(event).items():
                if leaf.required and path.rpartition(".")[0] == unnumbered(above):
                    yield f"{above}.{path.rpartition('.')[2]}"
