"""Templates: the columns of a report whose rows are messages.

A column is named like the path it fills, lists numbered from 1: `Patient.Identifiers[1].ID`. Which columns there are
follows from the event's model; here stands only which of them a report writer is asked for first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from mappings.redox.catalogue import Event, Leaf, event, leaves

MOST_ELEMENTS = 50
"""No list of a row has more elements than this."""

_OF_THE_DELIVERY = ("Meta.DataModel", "Meta.EventType", "Meta.Destinations", "Meta.Logs", "Meta.Message")
_NO_COLUMNS = (*_OF_THE_DELIVERY, "Meta.Transmission", "Meta.Extensions")
"""Paths that no column fills: the template says which event it is and the loader whom it is for; nobody delivers it."""

_ELEMENTS = {
    "Identifiers": 3,
    "FacilityIdentifiers": 1,
    "DepartmentIdentifiers": 1,
    "Reaction": 1,
    "Insured.Identifiers": 1,
}
_USUAL_ELEMENTS = 2
"""How many elements of a list the full template offers."""

_POSITION = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Template:
    """A kind of report: its name, the event that each row is, and the columns that are asked for first."""

    name: str
    data_model: str
    event_type: str
    says: str
    columns: tuple[str, ...]

    @property
    def event(self) -> Event:
        """The event that each row is."""
        known = event(self.data_model, self.event_type)
        if known is None or known.model is None:
            raise KeyError(self.event_type)
        return known


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
def columns_of(known: Event) -> dict[str, Leaf]:
    """The leaves of an event that columns can fill, by path with lists unnumbered."""
    found = leaves(known.model) if known.model else ()
    return {leaf.path: leaf for leaf in found if not leaf.is_container and not leaf.path.startswith(_NO_COLUMNS)}


def full_columns(template: Template) -> tuple[str, ...]:
    """Every column of a template, each list with a few elements; a list's elements stand together."""
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


def leaf_of(known: Event, column: str) -> Leaf | None:
    """The leaf that a column fills; nothing where there is no such path, or a list is not numbered from 1."""
    if any(not 1 <= int(number) <= MOST_ELEMENTS or number[0] == "0" for number in _POSITION.findall(column)):
        return None
    return None if "[]" in column else columns_of(known).get(unnumbered(column))


def missing_columns(known: Event, columns: Iterable[str]) -> list[str]:
    """The columns without which no row of these columns could be a message of the event, in the model's order."""
    given = set(columns)
    alone = [path for path in required_of(known) if not any(unnumbered(each) == path for each in given)]
    lists = {unnumbered(above) for column in given for above in [column.rpartition(".")[0]] if above.endswith("]")}
    return [path.replace("[]", "[1]") for path in alone if path.rpartition(".")[0] not in lists] + sorted(
        set(_halves(known, given)) - given
    )


def unnumbered(column: str) -> str:
    """The path of a column, as the catalogue names it."""
    return _POSITION.sub("[]", column)


def required_of(known: Event) -> Iterator[str]:
    """The required leaves of what every message has, lists unnumbered."""
    found = leaves(known.model) if known.model else ()
    blocks = {leaf.path for leaf in found if leaf.required and leaf.is_container}
    for leaf in found:
        parts = leaf.path.split(".")
        above = {".".join(parts[:count]) for count in range(1, len(parts))}
        if leaf.required and leaf.path in columns_of(known) and above <= blocks:
            yield leaf.path


def _halves(known: Event, given: set[str]) -> Iterator[str]:
    """The required leaves beside those given in the same element of a list."""
    for column in given:
        above = column.rpartition(".")[0]
        if above.endswith("]"):
            for path, leaf in columns_of(known).items():
                if leaf.required and path.rpartition(".")[0] == unnumbered(above):
                    yield f"{above}.{path.rpartition('.')[2]}"
