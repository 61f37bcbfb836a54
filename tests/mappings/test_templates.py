"""The columns of templates: what they are called, that there is one for each path, and that rows become messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.csv.samples import examples, meaning_of
from mappings.csv.template_page import document
from mappings.csv.templates import TEMPLATES, columns_of, full_columns, leaf_of, missing_columns, unnumbered
from mappings.redox.catalogue import event, leaves

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"
NO_COLUMNS = {
    "Meta.DataModel",
    "Meta.EventType",
    "Meta.Destinations[].ID",
    "Meta.Destinations[].Name",
    "Meta.Logs[].ID",
    "Meta.Logs[].AttemptID",
    "Meta.Message.ID",
    "Meta.Transmission.ID",
    "Meta.Extensions",
}
"""What the template, the tenant or the delivery says."""
ASKED_FOR = {
    "patients": "Identifiers[2].ID FirstName LastName DOB Sex StreetAddress Home EmailAddresses[1] Language Race Plan.Name"
    " Company.Name PolicyNumber Guarantor.LastName",
    "appointments": "VisitNumber VisitDateTime Duration Reason Status Department Facility Room AttendingProvider.ID"
    " AttendingProvider.IDType Identifiers[2].IDType LastName DOB",
    "visits": "VisitNumber VisitDateTime Reason PatientClass Department Facility Room Bed AttendingProvider.ID"
    " Insurances[1].PolicyNumber Guarantor.Number Identifiers[2].ID",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_full_template_has_every_path_of_the_event_once(name: str) -> None:
    template = TEMPLATES[name]
    columns = full_columns(template)
    model = template.event.model
    assert model
    paths = {leaf.path for leaf in leaves(model) if not leaf.is_container}
    assert {unnumbered(column) for column in columns} == paths - NO_COLUMNS
    assert len(columns) == len(set(columns))
    assert all(leaf_of(template.event, column) for column in columns)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_for_what_a_hospital_knows_of_everybody(name: str) -> None:
    template = TEMPLATES[name]
    assert set(template.columns) <= set(full_columns(template))
    assert len(set(template.columns)) == len(template.columns)
    assert [
        end for end in ASKED_FOR[name].split() if not any(column.endswith(end) for column in template.columns)
    ] == []
    assert missing_columns(template.event, template.columns) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_first_row_of_an_example_fills_nearly_everything(name: str) -> None:
    template = TEMPLATES[name]
    first, *others = examples(template, full_columns(template))
    unfilled = {column for column, text in zip(full_columns(template), first, strict=True) if not text}
    assert {unnumbered(column) for column in unfilled} <= {"Meta.EventDateTime", "Patient.Demographics.DeathDateTime"}
    assert len(others) == 2


NO_PATHS = """
    Patient.Identifiers[0].ID Patient.Identifiers[].ID Patient.Identifiers[51].ID Patient.Identifiers[01].ID
    Patient.Identifiers.ID Patient.Identifiers[1] Patient patient.Demographics.DOB Meta.DataModel
"""


@pytest.mark.parametrize("column", [*NO_PATHS.split(), ""])
def test_no_path_is_no_column(column: str) -> None:
    assert leaf_of(TEMPLATES["patients"].event, column) is None


def test_every_column_has_a_meaning_and_a_value_that_can_be_read() -> None:
    for template in TEMPLATES.values():
        for path, leaf in columns_of(template.event).items():
            meaning, sample = meaning_of(path)
            assert meaning
            assert leaf.value_set is None or sample in leaf.value_set.words, path


def test_a_column_may_be_of_what_is_understood_beyond_the_schema() -> None:
    appointments = TEMPLATES["appointments"].event
    assert leaf_of(appointments, "Patient.Contacts[1].FirstName")
    assert "Patient.Contacts[].FirstName" not in columns_of(appointments)


def test_what_is_missing_is_named_as_a_column_would_be() -> None:
    known = event("Scheduling", "New")
    assert known
    assert missing_columns(known, ["Visit.VisitNumber", "Visit.Duration"]) == [
        "Visit.VisitDateTime",
        "Visit.Location.Department",
    ]
    person = TEMPLATES["patients"].event
    assert missing_columns(person, []) == ["Patient.Identifiers[1].ID", "Patient.Identifiers[1].IDType"]
    assert missing_columns(person, ["Patient.Identifiers[2].ID"]) == ["Patient.Identifiers[2].IDType"]


def test_the_page_of_the_columns_is_the_one_that_the_models_print() -> None:
    assert PAGE.read_text() == document()
